"""Who writes a journal: alone, on which connection, and how long it may take."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gridops.adapters.journal.chain import Row
from gridops.adapters.journal.writer_lock import WriterLock

_INSERT = "INSERT INTO journal_entry (sequence, at, kind, body, hash) VALUES (?, ?, ?, ?, ?)"
"""As the driver has it: taking a storm's rows apart by names costs as much again."""


class Writer(Protocol):
    """Holds the journal alone from its making until `release`."""

    @property
    def is_near(self) -> bool:
        """Whether the end can be read again at once when a commit has failed; else that is left
        to the next try, so that no try takes too long."""
        ...

    def transaction(self) -> AbstractContextManager[Connection]:
        """Committed on leaving; what failed in it, its own commit included, is rolled back.

        Raises: SQLAlchemyError; JournalSilent while the journal cannot be held.
        """
        ...

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None: ...

    def release(self) -> None: ...


class FileWriter:
    """On an SQLite file, under a lock beside it."""

    is_near = True

    def __init__(self, engine: Engine, lock: WriterLock) -> None:
        self._engine = engine
        self._lock = lock

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            try:
                with connection.begin():
                    yield connection
            except SQLAlchemyError:
                self._put_right(connection)
                raise

    def _put_right(self, connection: Connection) -> None:
        """The connection is kept if it can be: on a full disk no new one could be made."""
        if connection.invalidated:
            return
        try:
            connection.connection.rollback()
        except self._engine.dialect.loaded_dbapi.Error:
            connection.invalidate()

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        cells = [(row.sequence, row.at, row.kind, row.body, row.hash) for row in rows]
        connection.exec_driver_sql(_INSERT, cells)

    def release(self) -> None:
        self._lock.release()
