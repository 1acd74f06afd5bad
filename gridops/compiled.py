"""How kernels are compiled: in one place, so that all of them keep the same promises."""

import fcntl
import hashlib
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.np import linalg

P = ParamSpec("P")
R = TypeVar("R")


def _leave_blas_unasked() -> None:
    """numba loads all of scipy.linalg with its first kernel, only to see that it is there, and a
    start would wait for that. Whoever multiplies matrices finds it as ever: numba looks again
    where it is used."""
    look, linalg.ensure_blas = linalg.ensure_blas, lambda: None
    try:
        import_module("numba.np.arraymath")
    finally:
        linalg.ensure_blas = look


_leave_blas_unasked()

PACKAGE = Path(__file__).resolve().parent
AS_WRITTEN = bool(cast("Any", numba.config).DISABLE_JIT)
"""With NUMBA_DISABLE_JIT=1 in the environment kernels run as the Python that they are: slowly, and
with every index checked, which is what tests of hostile input want."""
BESIDE = ("opcua_bridge",)
"""Packages beside this one that have kernels too."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Machine code for `function` at its first call, kept on disk for the next process.

    Guarantees: the same bytes on every machine (no reordering of floating point, no fused
    multiplication), and no hold on the interpreter lock while it runs. Divisions by zero give
    inf or nan as in numpy, never an exception; indices are not checked, so a kernel must be
    right about them. It works on arrays that its caller holds and makes none: counting who
    refers to an array would take longer than most kernels do (three quarters of the judging of a
    candidate). One that has to make arrays does not compile; use `compiled_maker`.
    """
    return _kept(function, makes_arrays=False)


def compiled_maker(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, for kernels that make the arrays that they return."""
    return _kept(function, makes_arrays=True)


def _kept(function: Callable[P, R], *, makes_arrays: bool) -> Callable[P, R]:
    """numba looks up where to keep code when it wraps a function."""
    if AS_WRITTEN:
        return function
    njit, config = cast("Any", numba.njit), cast("Any", numba.config)
    compile_it = njit(cache=CACHE is not None, nogil=True, error_model="numpy", _nrt=makes_arrays)
    elsewhere, config.CACHE_DIR = config.CACHE_DIR, str(CACHE or "")
    try:
        dispatcher = compile_it(function)
    finally:
        config.CACHE_DIR = elsewhere
    if CACHE is not None:
        _keep_in_turn(dispatcher, CACHE)
    return cast("Callable[P, R]", dispatcher)


def _keep_in_turn(dispatcher: Any, folder: Path) -> None:
    """numba numbers what it keeps of a function by its types, and reads and writes that list
    without a thought of other processes: of two that keep different types at once, one could go
    on with the code of the other."""
    cache = dispatcher._cache  # noqa: SLF001  (numba has no other way in)
    keep = cache.save_overload

    def keep_in_turn(*what: Any) -> None:
        with (folder / "turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            keep(*what)

    cache.save_overload = keep_in_turn


def laned(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, for kernels that do the same to several numbers side by side: the compiler
    may make one instruction of that. Each number is worked on as before, so the promise holds.
    """
    dispatcher: Any = compiled(function)
    if AS_WRITTEN:
        return cast("Callable[P, R]", dispatcher)
    compile_it, config = dispatcher.compile, cast("Any", numba.config)

    def compile_side_by_side(signature: Any) -> Any:
        elsewhere, config.SLP_VECTORIZE = config.SLP_VECTORIZE, 1
        try:
            return compile_it(signature)
        finally:
            config.SLP_VECTORIZE = elsewhere

    dispatcher.compile = compile_side_by_side
    return cast("Callable[P, R]", dispatcher)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """A part of a kernel that is laid out anew in each compiled function that calls it.

    For small inner functions that take tuples of arrays: handing those over costs more than
    the work. Otherwise as `compiled`.
    """
    compile_it = numba.njit(inline="always", nogil=True, error_model="numpy")
    return cast("Callable[P, R]", compile_it(function))


def fingerprint_of_kernels(package: Path = PACKAGE) -> str:
    """Changes with any kernel. numba asks only whether the file of a function is as it was, but
    what it compiled holds the constants and functions of other files as well: code of yesterday
    would go on to run, and be wrong."""
    digest = hashlib.sha256()
    for path in kernel_files(package):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def kernel_files(package: Path = PACKAGE) -> list[Path]:
    """Every file that machine code is made from."""
    found = [package / "compiled.py"]
    for place in (package, *(package.parent / name for name in BESIDE)):
        for depth in ("*", "*/*", "*/*/*"):
            found += place.glob(f"{depth}/*_kernel.py")
    return sorted(found)


def cache_folder(package: Path = PACKAGE) -> Path | None:
    """Where machine code is kept: beside the package, or else in the user's cache; None if
    neither can be written to, and then every process compiles anew. The environment variable
    NUMBA_CACHE_DIR goes before both."""
    asked = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    places = [Path(asked)] if asked else [package / "__pycache__", Path(home) / "gridops"]
    for place in places:
        folder = place / f"kernels-{fingerprint_of_kernels(package)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


CACHE = cache_folder()
