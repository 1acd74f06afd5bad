"""From an address to an open journal: engine, lock, schema."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from gridops.adapters.journal.schema import HEAD, SCHEMA, TABLES
from gridops.adapters.journal.sql_journal import SqlJournal
from gridops.adapters.journal.writer_lock import WriterLock
from gridops.adapters.journal.writing import FileWriter, Writer
from gridops.errors import JournalError

LOCKED_WAIT_S = 1.5
"""How long a statement waits for somebody else's lock before it fails: less than the control room
may be silent."""

REMEDY = "write sqlite:///relative/path, sqlite:////absolute/path or postgresql://host/database"


def open_journal(url: str, *, read_only: bool = False) -> SqlJournal:
    """Opens `sqlite:///path` or `postgresql://host/database`, making and upgrading it unless
    `read_only`.

    A writer holds the journal alone until `close`; readers come and go beside it.

    Raises:
        JournalBusy: another writer has it.
        JournalBroken: its last entries do not chain.
        JournalError: it cannot be reached, is of another kind, or of a newer version.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        return _on_postgresql(parsed, read_only=read_only)
    return _on_file(_file_of(parsed), read_only=read_only)


def _on_file(path: Path, *, read_only: bool) -> SqlJournal:
    if read_only and not path.is_file():
        raise JournalError("there is no such journal", where=str(path), remedy="check the path")
    lock = None if read_only else WriterLock(path)
    engine = _engine(path, read_only=read_only)
    writer = None if lock is None else FileWriter(engine, lock)
    with _opening(engine, writer, where=str(path)):
        with engine.begin() as connection:
            _agree_on_schema(connection, where=str(path), read_only=read_only)
        return SqlJournal(engine, where=str(path), writer=writer)


def _on_postgresql(url: URL, *, read_only: bool) -> SqlJournal:
    from gridops.adapters.journal.postgresql import (  # noqa: PLC0415 (only where it is used)
        PostgresWriter,
        make_schema,
        postgresql_engine,
        shown,
    )

    where, writer = shown(url), None
    engine = postgresql_engine(url, read_only=read_only)
    with _opening(engine, None, where=where):
        writer = None if read_only else PostgresWriter(engine, where=where)
    with _opening(engine, writer, where=where):
        with engine.begin() as connection:
            if not read_only:
                make_schema(connection)
            _agree_on_schema(connection, where=where, read_only=read_only)
        return SqlJournal(engine, where=where, writer=writer)


@contextmanager
def _opening(engine: Engine, writer: Writer | None, *, where: str) -> Iterator[None]:
    """Lets everything go again if it cannot be opened."""
    try:
        yield
    except (SQLAlchemyError, JournalError) as error:
        if writer is not None:
            writer.release()
        engine.dispose()
        if isinstance(error, JournalError):
            raise
        raise JournalError(
            f"cannot be opened: {getattr(error, 'orig', error)}",
            where=where,
            remedy="check the address, its rights and the free space",
        ) from error


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        # What cannot be read may hold a password all the same: it is told without.
        said = url.rpartition("@")[2]
        raise JournalError("not a database address", where=said, remedy=REMEDY) from error


def _file_of(url: URL) -> Path:
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        said = url.render_as_string(hide_password=True)
        raise JournalError(
            "journals are SQLite files or PostgreSQL databases", where=said, remedy=REMEDY
        )
    return Path(str(url.database)).absolute()


def _engine(path: Path, *, read_only: bool) -> Engine:
    """Transactions are begun explicitly, so that migrations are atomic as well."""
    query = {"mode": "ro", "uri": "true"} if read_only else {}
    database = path.as_uri() if read_only else str(path)
    engine = create_engine(
        URL.create("sqlite", database=database, query=query),
        connect_args={"timeout": LOCKED_WAIT_S},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _agree_on_schema(connection: Connection, *, where: str, read_only: bool) -> None:
    version = _version(connection, where=where)
    if version == HEAD:
        return
    if read_only:
        raise JournalError(
            f"the schema is of version {version or 'none'}, this GridOps reads {HEAD}",
            where=where,
            remedy="let the service open it once, it upgrades the schema",
        )
    from gridops.adapters.journal.upgrade import upgrade  # noqa: PLC0415 (half a second)

    upgrade(connection)


def _version(connection: Connection, *, where: str) -> str | None:
    """None for an empty database. Raises: JournalError for what is not ours to touch."""
    is_file = connection.dialect.name == "sqlite"
    tables = inspect(connection).get_table_names(schema=None if is_file else SCHEMA)
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise _not_ours(where)
    version = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    if set(tables) != TABLES.get(version, set(tables)):
        raise _not_ours(where)
    if version > HEAD:
        raise JournalError(
            f"the schema is of version {version}, newer than {HEAD} that this GridOps knows",
            where=where,
            remedy="use the GridOps that wrote it, or a newer one",
        )
    return version


def _not_ours(where: str) -> JournalError:
    return JournalError(
        "holds tables that are not a journal's", where=where, remedy="choose another database"
    )
