"""A disk that is full, for as long as a test says so."""

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from pathlib import Path

FILE_BYTES_MAX = 4096
"""Less than one page in the log of a database, and enough for what a test prints."""
DISK = "16m"


@contextmanager
def full_disk(pid: int = 0) -> Iterator[None]:
    """The operating system takes no byte beyond the first page of any file of a process; 0: of
    this one."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A disk of its own; None where nobody may mount one."""
    # Not in the folder of a test: what is mounted there cannot be swept away after a kill.
    folder = Path(tempfile.mkdtemp(prefix="gridops-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "gridops", str(folder)]
    is_there = os.geteuid() == 0 and _went(mount)
    try:
        yield folder if is_there else None
    finally:
        if is_there:
            subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """No byte more goes on the disk of `folder`."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            for at_once in (1 << 16, 1):
                _fill(file, at_once)
        yield
    finally:
        ballast.unlink()


def _fill(file: RawIOBase, at_once: int) -> None:
    with suppress(OSError):
        while True:
            file.write(bytes(at_once))


def _went(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
