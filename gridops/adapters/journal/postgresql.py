"""The journal on PostgreSQL: a schema of its own, one writer, no wait without an end."""

import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Timer

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from gridops.adapters.journal.chain import Row
from gridops.adapters.journal.schema import SCHEMA
from gridops.errors import JournalBusy, JournalError, JournalSilent

LOCK = 0x6A6F75726E616C
"""Of the advisory lock that the writer of a database holds."""
CONNECT_S_MAX = 2
STATEMENT_MS_MAX = 1500
WRITE_S_MAX = 2.0
"""A write without an answer by then is given up, and its connection cut: a server that was stopped
answers nothing, and says nothing. The control room may be silent for 3 s."""
OPEN_S_MAX = 10.0
"""Nobody waits yet for a room that begins: where a machine has much to do, an opening that is cut
off after two seconds is one more start."""
READ_MS_MAX = 30_000
HELD_S_MAX = 1.5
"""So long a server may take to notice that the former writer was killed."""
LOOK_S = 0.05

_INSERT = text(
    "INSERT INTO journal_entry (sequence, at, kind, body, hash) SELECT * FROM unnest("
    "CAST(:sequence AS bigint[]), CAST(:at AS text[]), CAST(:kind AS text[]), "
    "CAST(:body AS text[]), CAST(:hash AS text[]))"
)
"""All rows in one statement: one way there and back, and one look at the sequence."""


def postgresql_engine(url: URL, *, read_only: bool) -> Engine:
    """Durable whatever the server's own default for `synchronous_commit` is.

    Raises: JournalError where the driver is not installed.
    """
    options = {
        "search_path": SCHEMA,
        "synchronous_commit": "on",
        "statement_timeout": str(READ_MS_MAX),
        "idle_in_transaction_session_timeout": str(READ_MS_MAX),
        "default_transaction_read_only": "on" if read_only else "off",
    }
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": CONNECT_S_MAX,
                "tcp_user_timeout": CONNECT_S_MAX * 1000,
                "keepalives_idle": 10,
                "application_name": "gridops",
                "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            },
        )
    except ImportError as error:
        raise JournalError(
            "a journal on PostgreSQL needs the driver psycopg",
            where=shown(url),
            remedy="install gridops with the extra `postgresql`",
        ) from error


def make_schema(connection: Connection) -> None:
    """Only if it is not there: whoever made it may be the only one that may."""
    there = text("SELECT 1 FROM pg_namespace WHERE nspname = :schema")
    if connection.execute(there, {"schema": SCHEMA}).first() is None:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))


def shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


class PostgresWriter:
    """Holds an advisory lock on the one connection that it writes on: who loses that connection
    has lost the lock, and writes nothing before it has both again. Whoever wrote in between is
    found by the sequence, which no two entries share."""

    is_near = False

    def __init__(self, engine: Engine, *, where: str) -> None:
        """Raises: JournalBusy; JournalError for a server that would not keep what it was told;
        SQLAlchemyError."""
        self._engine = engine
        self._where = where
        self._connection: Connection | None = self._held(within_s=OPEN_S_MAX, wait_s=HELD_S_MAX)

    def _held(self, *, within_s: float, wait_s: float = 0.0) -> Connection:
        connection = self._engine.connect()
        try:
            with _no_longer_than(within_s, connection):
                self._hold(connection, wait_s=wait_s)
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        return connection

    def _hold(self, connection: Connection, *, wait_s: float) -> None:
        connection.execute(text(f"SET statement_timeout = {STATEMENT_MS_MAX}"))
        lock = text("SELECT pg_try_advisory_lock(:lock)")
        give_up = time.monotonic() + wait_s
        while not connection.execute(lock, {"lock": LOCK}).scalar_one():
            if time.monotonic() < give_up:
                time.sleep(LOOK_S)
                continue
            raise JournalBusy(
                "another process writes this journal",
                where=self._where,
                remedy="stop the other one, or open it for reading only",
            )
        if connection.execute(text("SHOW fsync")).scalar_one() != "on":
            raise JournalError(
                "the server keeps nothing durable: fsync is off",
                where=self._where,
                remedy="set fsync = on in postgresql.conf",
            )
        connection.commit()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        connection = self._connection or self._held_again()
        self._connection = connection
        try:
            with _no_longer_than(WRITE_S_MAX, connection), connection.begin():
                yield connection
        except SQLAlchemyError:
            self._drop()
            raise

    def _held_again(self) -> Connection:
        try:
            return self._held(within_s=WRITE_S_MAX)
        except JournalBusy as busy:
            # Perhaps by our own former session, which the server has not given up yet.
            raise JournalSilent(busy.what, where=busy.where, remedy=busy.remedy) from busy

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        connection.execute(
            _INSERT,
            {
                "sequence": [row.sequence for row in rows],
                "at": [row.at for row in rows],
                "kind": [row.kind for row in rows],
                "body": [row.body for row in rows],
                "hash": [row.hash for row in rows],
            },
        )

    def release(self) -> None:
        self._drop()

    def _drop(self) -> None:
        """Closed for good, not given back: with the session goes the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.invalidate()
                connection.close()


@contextmanager
def _no_longer_than(seconds: float, connection: Connection) -> Iterator[None]:
    """Cuts the connection when it takes longer: the driver waits without an end."""
    ours = socket.socket(fileno=os.dup(connection.connection.fileno()))
    timer = Timer(seconds, _cut, [ours])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        ours.close()


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
