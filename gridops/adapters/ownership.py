"""Files that the service and commands at a terminal both write, the latter perhaps as root."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def leave_to_service(descriptor: int, folder: Path) -> None:
    """Gives an open file to the owner of its folder, who runs the service: what root alone could
    read would let nobody log in any more. Only root can, and only root needs to.

    Raises: OSError.
    """
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Makes the folder of a file, and waits until no other process holds the lock beside it.

    Raises: OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(path.name + ".lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        leave_to_service(descriptor, path.parent)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
