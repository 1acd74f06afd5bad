"""A disk that is full, for as long as a test says so."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

FILE_BYTES_MAX = 4096
"""Less than one page in the log of a database, and enough for what a test prints."""


@contextmanager
def full_disk() -> Iterator[None]:
    """The operating system takes no byte beyond the first page of any file of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
