"""The journal over its tables."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar, TypeVarTuple, overload

from sqlalchemy import Connection, Engine, Select, func, insert, select
from sqlalchemy import Row as SqlRow
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from gridops.adapters.journal import kept_snapshots
from gridops.adapters.journal.chain import (
    GENESIS,
    Row,
    Stored,
    canonical,
    chained_hash,
    entry_of,
    rows_after,
)
from gridops.adapters.journal.kept_grids import (
    fingerprint_of,
    never_kept,
    not_whole,
    packed,
    unpacked,
)
from gridops.adapters.journal.schema import grid_version, journal_entry
from gridops.adapters.journal.writing import Writer
from gridops.errors import JournalBroken, JournalBusy, JournalError, JournalSilent, JournalUnsure
from gridops.ports import Entry, KeptGrid, Record, Snapshot

Cells = TypeVarTuple("Cells")
T = TypeVar("T")
PAGE_ENTRIES = 2000
"""Entries per read transaction: a long reading must not hold the log from being recycled."""


_ENTRIES = select(
    journal_entry.c.sequence,
    journal_entry.c.at,
    journal_entry.c.kind,
    journal_entry.c.body,
    journal_entry.c.hash,
)
_LAST = _ENTRIES.order_by(journal_entry.c.sequence.desc()).limit(1)


class Written(Sequence[Entry]):
    """Entries as they stand in the journal now, each made when somebody asks for it: hardly
    anybody does, and making them costs more than chaining them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(index, slice):
            return Written(self._rows[index])
        return entry_of(self._rows[index])

    def __len__(self) -> int:
        return len(self._rows)


class SqlJournal:
    """Fulfils `gridops.ports.Journal`, `GridStore` and `Snapshots`. Open it with `open_journal`.

    Safe to call from several threads. Tampering with an entry, a hole and a change of order
    are found on reading; entries cut off at the end are as far as the newest snapshot reaches, and
    beyond only if somebody remembers the hash of the last one.
    """

    def __init__(self, engine: Engine, *, where: str, writer: Writer | None) -> None:
        """`writer` None: for reading only. Raises: JournalBroken when the end does not chain."""
        self._engine = engine
        self._where = where
        self._writer = writer
        self._appending = Lock()
        self._closed = False
        self._doubtful: tuple[Row, ...] = ()
        """What may have been written: the answer to the commit never came."""
        self._end = self._end_now()
        with self._telling(), self._engine.begin() as connection:
            kept_snapshots.check_anchor(connection, self._end, where=where)
        self.observe: Callable[[float], None] = lambda _: None
        """Hears how many seconds each append took."""
        for _ in self.entries(after=max(0, self._end[0] - 1)):
            pass

    @property
    def read_only(self) -> bool:
        return self._writer is None

    def append(self, records: Sequence[Record]) -> Sequence[Entry]:
        """One transaction, one sync to disk: hand over what came together.

        Raises: as `gridops.ports.Journal.append`; JournalBusy when somebody else has written.
        """
        writer = self._require_writer()
        stored = [canonical(record) for record in records]
        if not stored:
            return ()
        began = time.perf_counter()
        with self._appending:
            rows = self._write(stored, writer)
        self.observe(time.perf_counter() - began)
        return Written(rows)

    def settle(self) -> Sequence[Entry]:
        """The hash of the last entry decides: it covers all that was to be written.

        Raises: as `gridops.ports.Journal.settle`.
        """
        with self._appending:
            return Written(self._settled())

    def _settled(self) -> tuple[Row, ...]:
        rows, end = self._doubtful, self._end
        if not rows:
            return ()
        now = self._end_now()
        self._doubtful = ()
        if now == (rows[-1].sequence, rows[-1].hash):
            self._end = now
            return rows
        if now != end:
            raise self._overtaken()
        return ()

    def _require_writer(self) -> Writer:
        if self._closed or self._writer is None:
            raise JournalError(
                "is closed" if self._closed else "is open for reading only",
                where=self._where,
                remedy="open it for writing",
            )
        return self._writer

    def _write(self, stored: list[Stored], writer: Writer) -> tuple[Row, ...]:
        if self._doubtful:
            raise self._silent("an earlier append is not settled yet")
        rows = rows_after(self._end, stored)
        try:
            with writer.transaction() as connection:
                writer.insert(connection, rows)
                self._doubtful = rows
        except IntegrityError as error:
            self._doubtful = ()
            raise self._overtaken() from error
        except SQLAlchemyError as error:
            return self._after_failure(error, writer)
        self._doubtful = ()
        self._end = rows[-1].sequence, rows[-1].hash
        return rows

    def _after_failure(self, error: SQLAlchemyError, writer: Writer) -> tuple[Row, ...]:
        """What is there all the same. Raises: JournalSilent if nothing is, JournalUnsure."""
        said = f"{getattr(error, 'orig', error)}".strip()
        unsure = JournalUnsure(
            f"it is not known whether it was written: {said}",
            where=self._where,
            remedy="it is looked up as soon as the journal can be read again",
        )
        if self._doubtful and not writer.is_near:
            raise unsure from error
        try:
            written = self._settled()
        except JournalSilent as silent:
            raise unsure from silent
        if not written:
            raise self._silent(f"nothing was written: {said}") from error
        return written

    def _silent(self, what: str) -> JournalSilent:
        return JournalSilent(
            what,
            where=self._where,
            remedy="check the free space, the database and who else holds it",
        )

    def _overtaken(self) -> JournalBusy:
        return JournalBusy(
            "another process has written this journal",
            where=self._where,
            remedy="stop one of the two; what is in the journal is whole",
        )

    def _end_now(self) -> tuple[int, str]:
        """A writer looks on the connection that it writes on: it waits no longer than for that."""
        if self._writer is None or self._closed:
            last = self._rows(_LAST)
        else:
            with self._telling(), self._writer.transaction() as connection:
                last = [Row(*found) for found in connection.execute(_LAST)]
        return (last[0].sequence, last[0].hash) if last else self.cut

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        """In order, each checked against the one before; entry `after` itself is trusted. What
        was archived is not here: then the first is the one after the cut.

        Raises: JournalBroken at the first entry that does not continue the hash chain.
            JournalError when the database cannot be read.
        """
        cut = self.cut
        previous = cut[1] if after <= cut[0] else self._hash_of(after)
        sequence = max(after, cut[0])
        while page := self._page(sequence):
            for row in page:
                sequence += 1
                yield self._checked(row, sequence=sequence, previous=previous)
                previous = row.hash

    def _hash_of(self, sequence: int) -> str:
        if sequence <= 0:
            return GENESIS
        found = self._rows(_ENTRIES.where(journal_entry.c.sequence == sequence))
        if not found and sequence <= self.last_sequence():
            raise JournalBroken(sequence, self._where)
        return found[0].hash if found else GENESIS

    def _page(self, after: int) -> list[Row]:
        later = _ENTRIES.where(journal_entry.c.sequence > after)
        return self._rows(later.order_by(journal_entry.c.sequence).limit(PAGE_ENTRIES))

    def last_sequence(self) -> int:
        """0 when empty. Raises: JournalSilent when the database cannot be read."""
        return self._end_now()[0]

    def _rows(self, query: "Select[int, str, str, str, str]") -> list[Row]:
        return [Row(*found) for found in self._read(query)]

    def _read(self, query: "Select[*Cells]") -> "Sequence[SqlRow[*Cells]]":
        with self._telling(), self._engine.begin() as connection:
            return connection.execute(query).all()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Raises: JournalError where it is closed: whoever connects then leaves that open."""
        if self._closed:
            raise JournalError("is closed", where=self._where, remedy="open it again")
        try:
            yield
        except SQLAlchemyError as error:
            raise JournalSilent(
                f"cannot be read: {getattr(error, 'orig', error)}",
                where=self._where,
                remedy="check the disk; a backup holds what is lost",
            ) from error

    def _checked(self, row: Row, *, sequence: int, previous: str) -> Entry:
        if row.sequence != sequence:
            raise JournalBroken(sequence, self._where)
        if row.hash != chained_hash(previous, (row.at, row.kind, row.body), sequence=sequence):
            raise JournalBroken(sequence, self._where)
        try:
            return entry_of(row)
        except ValueError as error:
            raise JournalBroken(sequence, self._where) from error

    # snapshots and cuts

    @property
    def cut(self) -> tuple[int, str]:
        """The last entry that was archived, and its hash; 0 while there is none."""
        with self._telling(), self._engine.begin() as connection:
            return kept_snapshots.cut_of(connection)

    def snapshots(self) -> Sequence[tuple[int, str]]:
        """Raises: JournalError when the database cannot be read."""
        return [(int(one[0]), str(one[1])) for one in self._read(kept_snapshots.LIST)]

    def snapshot(self, sequence: int) -> Snapshot:
        """Raises: SnapshotUnreadable; JournalError when the database cannot be read."""
        with self._telling(), self._engine.begin() as connection:
            return kept_snapshots.got(connection, sequence, where=self._where)

    def keep_snapshot(self, sequence: int, *, engine: str, body: bytes) -> None:
        """Raises: JournalError, and then nothing was kept."""
        kept = Snapshot(sequence=sequence, hash=self._hash_of(sequence), engine=engine, body=body)
        self._change("the snapshot was not kept", lambda to: kept_snapshots.put(to, kept))

    def cut_after(self, at: Snapshot) -> None:
        """What comes up to `at` is archived, and goes from here. Stopped on the way, it goes on
        when it is done again with the next cut.

        Raises: JournalError.
        """
        self._change("nothing was cut", lambda to: kept_snapshots.cut(to, at, where=self._where))
        self.sweep()

    def sweep(self) -> None:
        """Takes away what was archived. Raises: JournalError."""
        while self._change("not all was taken away", kept_snapshots.sweep):
            pass

    def begin_after(self, at: Snapshot) -> None:
        """An empty journal goes on after the entry of `at`. Raises: JournalError."""
        if self._end[0]:
            raise JournalError("there is something in it already", where=self._where)
        self._change("it was not begun", lambda to: kept_snapshots.cut(to, at, where=self._where))
        self._end = at.sequence, at.hash

    def _change(self, what: str, change: Callable[[Connection], T]) -> T:
        writer = self._require_writer()
        try:
            with self._appending, writer.transaction() as connection:
                return change(connection)
        except SQLAlchemyError as error:
            raise self._silent(f"{what}: {getattr(error, 'orig', error)}") from error

    # grids

    def keep_grid(self, grid: KeptGrid) -> None:
        """Durable when it returns; what is kept already stays as it is.

        Raises: GridNotKept if the texts do not have that fingerprint; JournalError, and then
        nothing was written.
        """
        writer = self._require_writer()
        if grid.fingerprint in self.kept_grids():
            return
        if fingerprint_of(grid.texts) != grid.fingerprint:
            raise not_whole(grid.fingerprint, where=self._where)
        row = {"fingerprint": grid.fingerprint, "name": grid.name, "texts": packed(grid.texts)}
        try:
            with self._appending, writer.transaction() as connection:
                last = connection.execute(select(func.max(grid_version.c.number))).scalar_one()
                connection.execute(insert(grid_version), [{"number": (last or 0) + 1, **row}])
        except SQLAlchemyError as error:
            raise self._silent(f"the grid was not kept: {getattr(error, 'orig', error)}") from error

    def kept_grids(self) -> tuple[str, ...]:
        """Raises: JournalError when the database cannot be read."""
        query = select(grid_version.c.fingerprint).order_by(grid_version.c.number)
        return tuple(str(row[0]) for row in self._read(query))

    def kept_grid(self, fingerprint: str) -> KeptGrid:
        """Raises: GridNotKept if it was never kept or is damaged; JournalError when the
        database cannot be read."""
        query = select(grid_version.c.name, grid_version.c.texts)
        found = self._read(query.where(grid_version.c.fingerprint == fingerprint))
        if not found:
            raise never_kept(fingerprint, where=self._where)
        name, blob = found[0]
        texts = unpacked(bytes(blob), fingerprint, where=self._where)
        return KeptGrid(fingerprint=fingerprint, name=str(name), texts=texts)

    def close(self) -> None:
        """Lets the next writer in. Closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        if self._writer is not None:
            self._writer.release()
        self._engine.dispose()
