"""How kernels are compiled: in one place, so that all of them keep the same promises."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Machine code for `function` at its first call, kept on disk for the next process.

    Guarantees: the same bytes on every machine (no reordering of floating point, no fused
    multiplication), and no hold on the interpreter lock while it runs. Divisions by zero give
    inf or nan as in numpy, never an exception; indices are not checked, so a kernel must be
    right about them.
    """
    compile_it = numba.njit(cache=True, nogil=True, error_model="numpy")
    return cast("Callable[P, R]", compile_it(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """A part of a kernel that is laid out anew in each compiled function that calls it.

    For small inner functions that take tuples of arrays: handing those over costs more than
    the work. Otherwise as `compiled`.
    """
    compile_it = numba.njit(inline="always", nogil=True, error_model="numpy")
    return cast("Callable[P, R]", compile_it(function))
