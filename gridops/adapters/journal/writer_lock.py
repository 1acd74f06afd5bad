"""One writer: an advisory lock beside the database file."""

import fcntl
import os
from pathlib import Path

from gridops.errors import JournalBusy, JournalError


class WriterLock:
    """Held from construction until `release`, and let go by the kernel if the process dies.

    The lock has a file of its own, since closing any descriptor of the database file would
    drop SQLite's own locks. The file stays: removing it would let two writers hold "it".
    """

    def __init__(self, database: Path) -> None:
        """Raises: JournalBusy; JournalError when the lock file cannot be made."""
        self._path = database.with_name(database.name + ".lock")
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise JournalError(
                f"the lock file cannot be opened: {error.strerror}",
                where=str(self._path),
                remedy="the directory must exist and be writable",
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise JournalBusy(
                "another process writes this journal",
                where=str(database),
                remedy="stop the other one, or open it for reading only",
            ) from error

    def release(self) -> None:
        os.close(self._descriptor)
