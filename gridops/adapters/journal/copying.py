"""A journal from one place to another, entry by entry: backup, restore, and change of database."""

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice, takewhile
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
    end = _end(last, grids)
    if last is None and journal.cut[0]:
        return replace(end, entries=journal.cut[0], hash=journal.cut[1])
    return end


def _end(last: Entry | None, grids: Sequence[str]) -> End:
    return End(
        entries=0 if last is None else last.sequence,
        hash=GENESIS if last is None else last.hash,
        at="" if last is None else last.record.at.isoformat(),
        grids=len(grids),
    )


def copy_journal(source: SqlJournal, target: SqlJournal, *, until: int | None = None) -> End:
    """All that `source` holds by now (up to entry `until`), into `target`, which must be empty.
    Every entry keeps its hash. What was archived is in neither; the snapshot that stands for it
    comes along.

    Raises: JournalBroken where the chain of `source` does not hold, and then `target` has what
        comes before; JournalError.
    """
    if target.last_sequence():
        raise JournalError(
            "there is something in it already", where="journal", remedy="name an empty place"
        )
    if source.cut[0]:
        target.begin_after(source.snapshot(source.cut[0]))
    return _copy_on(source, target, until=until)


def join(parts: Sequence[Path], url: str) -> End:
    """Archives, the oldest first, and what goes on after them, into one new journal.

    Raises: JournalError where one does not go on where the one before it ends, and then the new
        journal has what comes before; as `copy_journal`.
    """
    end: End | None = None
    with closing(open_journal(url)) as target:
        for part in parts:
            end = _joined(part, target, before=end)
    if end is None:
        raise JournalError("there is nothing to join", remedy="name archives and a journal")
    return end


def _joined(part: Path, target: SqlJournal, *, before: End | None) -> End:
    with closing(open_journal(f"sqlite:///{part.absolute()}", read_only=True)) as source:
        if before is None:
            return copy_journal(source, target)
        _goes_on(source, before, part=part)
        return _copy_on(source, target, until=None, before=before)


def _goes_on(source: SqlJournal, end: End, *, part: Path) -> None:
    if source.cut != (end.entries, end.hash):
        raise JournalError(
            f"does not go on after entry {end.entries} with that hash",
            where=str(part),
            remedy="name the archives in their order, the oldest first, and the journal last",
        )


def _copy_on(
    source: SqlJournal, target: SqlJournal, *, until: int | None, before: End | None = None
) -> End:
    for fingerprint in source.kept_grids():
        target.keep_grid(source.kept_grid(fingerprint))
    grids, last = target.kept_grids(), None
    wanted = takewhile(lambda entry: until is None or entry.sequence <= until, source.entries())
    entries = iter(wanted)
    while page := list(islice(entries, PAGE_ENTRIES)):
        last = page[-1]
        written = target.append([entry.record for entry in page])
        if written[-1].hash != last.hash:
            raise JournalBroken(last.sequence, "the copy")
    if last is None and before is not None:
        return before
    return _end(last, grids)


def back_up(url: str, file: Path) -> End:
    """Writes a journal of its own, on SQLite wherever the original stands, while that is in use or
    not. The file appears when it is whole and durable.

    Raises: JournalError, also if there is such a file; as `copy_journal`.
    """
    source = open_journal(url, read_only=True)
    try:
        return write_out(source, file)
    finally:
        source.close()


def write_out(source: SqlJournal, file: Path, *, until: int | None = None) -> End:
    """As `back_up`, of a journal that is open, up to entry `until`."""
    if file.exists():
        raise JournalError("is there already", where=str(file), remedy="name a new file")
    part = file.with_name(file.name + ".part")
    for left in _files_of(part):
        left.unlink(missing_ok=True)
    try:
        target = open_journal(f"sqlite:///{part.absolute()}")
        try:
            end = copy_journal(source, target, until=until)
        finally:
            target.close()
        _sync(part)
        part.replace(file)
        _sync(file.absolute().parent)
        return end
    finally:
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
