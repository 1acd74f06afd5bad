"""Kernels keep their promises, and code of yesterday does not run."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from time import sleep

import numpy as np
import pytest

from gridops.compiled import (
    BESIDE,
    PACKAGE,
    cache_folder,
    compiled,
    compiled_maker,
    fingerprint_of_kernels,
    kernel_files,
)


@compiled
def total(values: np.ndarray) -> float:
    found = 0.0
    for value in values:
        found += value
    return found


@compiled_maker
def twice(values: np.ndarray) -> np.ndarray:
    return 2.0 * values


def test_sums_are_taken_in_order() -> None:
    """Taken in groups, as a processor would like it, the last digits are others."""
    values = np.full(1000, 0.1)
    expected = 0.0
    for value in values.tolist():
        expected += value
    assert total(values) == expected != float(values.sum())


def test_a_kernel_that_makes_arrays_says_so() -> None:
    assert twice(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]


def test_no_file_that_compiles_is_left_out_of_the_fingerprint() -> None:
    says = re.compile(r"^from gridops.compiled import .*(compiled|inlined|laned)", re.MULTILINE)
    for package in (PACKAGE, *(PACKAGE.parent / name for name in BESIDE)):
        compile_ = {path for path in package.rglob("*.py") if says.search(path.read_text())}
        assert compile_ <= set(kernel_files())
        assert compile_


def test_any_kernel_that_changes_changes_the_fingerprint(tmp_path: Path) -> None:
    package = tmp_path / PACKAGE.name
    for path in kernel_files():
        target = tmp_path / path.relative_to(PACKAGE.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    before = fingerprint_of_kernels(package)
    assert before == fingerprint_of_kernels()
    for kernel in ("gridops/powerflow/radial_kernel.py", "opcua_bridge/wire/skip_kernel.py"):
        changed = tmp_path / kernel
        changed.write_text(changed.read_text() + "\n")
        after = fingerprint_of_kernels(package)
        assert after != before
        before = after


INNER = """
from gridops.compiled import compiled, inlined
ROW = {row}

@inlined
def pick(values):
    return values[ROW]
"""
OUTER = """
from gridops.compiled import compiled
from {name}.inner_kernel import pick

@compiled
def picked(values):
    return pick(values)
"""
RUN = """
import sys, pathlib, numpy as np
sys.path.insert(0, sys.argv[1])
import gridops.compiled as compiled
compiled.CACHE = compiled.cache_folder(pathlib.Path(sys.argv[1]))
from kernels.outer_kernel import picked
print(int(picked(np.array([10.0, 20.0]))))
"""


def test_a_constant_that_has_moved_in_another_file_is_seen(tmp_path: Path) -> None:
    """numba alone would go on with the code that it kept for the unchanged file."""
    folder = tmp_path / "kernels"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (tmp_path / "compiled.py").write_text("")
    (folder / "outer_kernel.py").write_text(OUTER.format(name="kernels"))

    def run(row: int) -> str:
        (folder / "inner_kernel.py").write_text(INNER.format(row=row))
        command = [sys.executable, "-c", RUN, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert [run(0), run(1), run(0)] == ["10", "20", "10"]


def test_what_processes_compile_at_once_is_kept_in_turn(tmp_path: Path) -> None:
    """Each waits while another writes; then the code for both types stands in the list."""
    folder = tmp_path / "kernels"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (tmp_path / "compiled.py").write_text("")
    (folder / "inner_kernel.py").write_text(INNER.format(row=0))
    (folder / "outer_kernel.py").write_text(OUTER.format(name="kernels"))
    cache = cache_folder(tmp_path)
    assert cache is not None
    with (cache / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        running = [
            subprocess.Popen(
                [sys.executable, "-c", RUN.replace("[10.0, 20.0]", values), str(tmp_path)]
            )
            for values in ("[10.0, 20.0]", "[10, 20]")
        ]
        while not all(holds_open(process, cache / "turn") for process in running):
            assert [process.poll() for process in running] == [None, None]
            sleep(0.01)
        sleep(0.1)
        assert list(cache.rglob("*.nb[ci]")) == []
    assert [process.wait() for process in running] == [0, 0]
    assert len(list(cache.rglob("*.nbi"))) == 1
    assert len(list(cache.rglob("*.nbc"))) == 2


def holds_open(process: "subprocess.Popen[bytes]", file: Path) -> bool:
    handles = Path(f"/proc/{process.pid}/fd").iterdir()
    return any(os.path.realpath(handle) == str(file.resolve()) for handle in handles)


def test_where_nothing_can_be_written_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "compiled.py").write_text("")
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    assert cache_folder(package) is None
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    (package / "__pycache__").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    found = cache_folder(package)
    assert found is not None
    assert found.parent == tmp_path / "home" / "gridops"
    assert os.access(found, os.W_OK)
