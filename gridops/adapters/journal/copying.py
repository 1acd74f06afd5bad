"""A journal from one place to another, entry by entry: backup, restore, and change of database."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gridops.adapters.journal.chain import GENESIS
from gridops.adapters.journal.opening import open_journal
from gridops.adapters.journal.sql_journal import PAGE_ENTRIES, SqlJournal
from gridops.errors import JournalBroken, JournalError
from gridops.ports import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How far a journal goes. Its hash covers every entry before it."""

    entries: int
    hash: str
    at: str
    """When the last entry was made; empty: there is none."""
    grids: int


def end_of(journal: SqlJournal) -> End:
    """Reads all of it. Raises: JournalBroken where the chain does not hold; GridNotKept for a grid
    that is damaged; JournalError."""
    last: Entry | None = None
    for entry in journal.entries():
        last = entry
    grids = journal.kept_grids()
    for fingerprint in grids:
        journal.kept_grid(fingerprint)
    return _end(last, grids)


def _end(last: Entry | None, grids: Sequence[str]) -> End:
    return End(
        entries=0 if last is None else last.sequence,
        hash=GENESIS if last is None else last.hash,
        at="" if last is None else last.record.at.isoformat(),
        grids=len(grids),
    )


def copy_journal(source: SqlJournal, target: SqlJournal) -> End:
    """All that `source` holds by now, into `target`, which must be empty. Every entry keeps its
    hash.

    Raises: JournalBroken where the chain of `source` does not hold, and then `target` has what
        comes before; JournalError.
    """
    if target.last_sequence():
        raise JournalError(
            "there is something in it already", where="journal", remedy="name an empty place"
        )
    grids = source.kept_grids()
    for fingerprint in grids:
        target.keep_grid(source.kept_grid(fingerprint))
    entries, last = source.entries(), None
    while page := list(islice(entries, PAGE_ENTRIES)):
        last = page[-1]
        written = target.append([entry.record for entry in page])
        if written[-1].hash != last.hash:
            raise JournalBroken(last.sequence, "the copy")
    return _end(last, grids)


def back_up(url: str, file: Path) -> End:
    """Writes a journal of its own, on SQLite wherever the original stands, while that is in use or
    not. The file appears when it is whole and durable.

    Raises: JournalError, also if there is such a file; as `copy_journal`.
    """
    if file.exists():
        raise JournalError("is there already", where=str(file), remedy="name a new file")
    part = file.with_name(file.name + ".part")
    for left in _files_of(part):
        left.unlink(missing_ok=True)
    source = open_journal(url, read_only=True)
    try:
        target = open_journal(f"sqlite:///{part.absolute()}")
        try:
            end = copy_journal(source, target)
        finally:
            target.close()
        _sync(part)
        part.replace(file)
        _sync(file.absolute().parent)
        return end
    finally:
        source.close()
        for left in _files_of(part):
            left.unlink(missing_ok=True)


def restore(file: Path, url: str) -> End:
    """Into a new journal. Raises: JournalError, also if there is something in it; as
    `copy_journal`."""
    source = open_journal(f"sqlite:///{file.absolute()}", read_only=True)
    try:
        target = open_journal(url)
        try:
            return copy_journal(source, target)
        finally:
            target.close()
    finally:
        source.close()


def _files_of(database: Path) -> tuple[Path, ...]:
    return tuple(database.with_name(database.name + end) for end in ("", "-wal", "-shm", ".lock"))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
