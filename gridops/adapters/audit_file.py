"""The audit as lines of JSON in a file that grows to a limit and is then put aside."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from gridops.adapters.ownership import alone_with, leave_to_service
from gridops.errors import AuditUnwritable
from gridops.ports.audit import AuditLine

BYTES_MAX = 16 * 1024 * 1024
"""A file that has grown so long is put aside."""
ASIDE_MAX = 9
"""So many are kept beside the one that is written: `.1` is the latest."""
_LINE = TypeAdapter(AuditLine)


class AuditFile:
    """Fulfils `gridops.ports.audit.AuditTrail`. Several processes may write: each append holds a
    lock beside the file. A line that a crash cut off is left as it is and skipped on reading."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, lines: Sequence[AuditLine]) -> None:
        """Raises: AuditUnwritable."""
        text = "".join(f"{_text_of(line)}\n" for line in lines)
        try:
            with alone_with(self._path):
                self._put_aside_if_long()
                self._write(text.encode())
        except OSError as error:
            raise self._unwritable(error) from error

    def latest(self, count: int) -> Sequence[AuditLine]:
        """Raises: AuditUnwritable."""
        found: list[AuditLine] = []
        try:
            for file in (self._path, *(self._aside(k) for k in range(1, ASIDE_MAX + 1))):
                if len(found) >= count or not file.exists():
                    break
                found += reversed(list(_lines_of(file)))
        except OSError as error:
            raise self._unwritable(error) from error
        return found[:count]

    def _unwritable(self, error: OSError) -> AuditUnwritable:
        return AuditUnwritable(
            error.strerror or "cannot be used",
            where=str(self._path),
            remedy="check the free space and the rights of the folder",
        )

    def _aside(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _put_aside_if_long(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < BYTES_MAX:
            return
        for number in range(ASIDE_MAX - 1, 0, -1):
            if self._aside(number).exists():
                self._aside(number).replace(self._aside(number + 1))
        self._path.replace(self._aside(1))

    def _write(self, text: bytes) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            leave_to_service(descriptor, self._path.parent)
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                text = b"\n" + text  # a crash cut the last one off
            with memoryview(text) as left:
                done = 0
                while done < len(left):
                    done += os.write(descriptor, left[done:])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _text_of(line: AuditLine) -> str:
    plain = {**asdict(line), "at": line.at.isoformat()}
    return json.dumps(plain, separators=(",", ":"))


def _lines_of(file: Path) -> Iterator[AuditLine]:
    for text in file.read_bytes().splitlines():
        try:
            yield _LINE.validate_json(text)
        except ValidationError:
            continue
