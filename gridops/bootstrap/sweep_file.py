"""The file that lets a sweep go on where it was stopped: JSON lines, one finished target each.

Whatever stops the process, also in the middle of a line, costs what was under way and nothing
else. A file belongs to one version of GridOps, one grid and one set of options.
"""

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gridops.errors import GridOpsError
from gridops.ids import SectionId

FORMAT = 1

Finished = Mapping[SectionId, Sequence[str]]
"""Of each finished section, the documents of its places as JSON texts."""


class SweepFile:
    """Open for one sweep at a time, from construction to `close`."""

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        """Takes in what a former run has finished; a last line that was cut short is dropped.

        Raises: GridOpsError for a file that cannot be opened, is in use, is none of ours or is
        damaged, or belongs to another grid, other options or another version: it says which.
        """
        self._path = path
        asked = json.loads(json.dumps(header))
        try:
            self._stream = path.open("a+b")
        except OSError as error:
            raise self._refusal(
                f"cannot be opened: {error.strerror}", "check the folder"
            ) from error
        try:
            self._lock()
            self.finished: Finished = self._taken_in(asked)
        except BaseException:
            self._stream.close()
            raise

    def add(self, section: SectionId, documents: Sequence[str]) -> None:
        """Kept once this returns, whatever becomes of the process. Raises: GridOpsError."""
        line = json.dumps({"section": section, "documents": list(documents)}, ensure_ascii=False)
        try:
            self._stream.write(line.encode("utf-8", "surrogatepass") + b"\n")
            self._stream.flush()
        except OSError as error:
            raise self._refusal(f"cannot be written: {error.strerror}", "make room") from error

    def close(self) -> None:
        self._stream.close()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise self._refusal(
                "another sweep writes this file", "wait for it, or name another file"
            ) from error

    def _taken_in(self, asked: Mapping[str, Any]) -> Finished:
        self._stream.seek(0)
        lines = self._stream.read().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            kept = sum(map(len, lines[:-1]))
            self._stream.truncate(kept)
            lines.pop()
        self._stream.seek(0, os.SEEK_END)
        if not lines:
            head = json.dumps({"gridops_sweep": FORMAT, **asked}, ensure_ascii=False)
            self._stream.write(head.encode("utf-8", "surrogatepass") + b"\n")
            self._stream.flush()
            return {}
        self._compare(self._read(lines[0], 1), asked)
        rows = [self._read(line, k) for k, line in enumerate(lines[1:], start=2)]
        return {SectionId(row["section"]): row["documents"] for row in rows}

    def _read(self, line: bytes, number: int) -> dict[str, Any]:
        keys = {"gridops_sweep"} if number == 1 else {"section", "documents"}
        try:
            found = json.loads(line.decode("utf-8", "surrogatepass"))
        except ValueError:
            found = None
        if isinstance(found, dict) and found.keys() >= keys:
            return found
        if number == 1:
            raise self._refusal("is no file of a sweep", "name another file")
        raise self._refusal(
            f"line {number} is damaged", f"remove it from line {number} on, or name another file"
        )

    def _compare(self, head: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
        if head["gridops_sweep"] != FORMAT:
            raise self._refusal(
                f"is of format {head['gridops_sweep']}, this version reads {FORMAT}",
                "begin a new file",
            )
        differing = [key for key in asked if head.get(key) != asked[key]]
        if differing:
            told = ", ".join(f"{key} {_told(head.get(key))}" for key in differing)
            now = ", ".join(_told(asked[key]) for key in differing)
            raise self._refusal(
                f"belongs to another sweep: {told}; asked now: {now}",
                "ask the same again, or name another file",
            )

    def _refusal(self, what: str, remedy: str) -> GridOpsError:
        return GridOpsError(what, where=str(self._path), remedy=remedy)


def _told(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 16 or not isinstance(value, str) else f"{text[:12]}..."
