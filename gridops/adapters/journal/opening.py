"""From an address to an open journal: engine, lock, schema."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from gridops.adapters.journal.schema import HEAD, TABLES
from gridops.adapters.journal.sql_journal import SqlJournal
from gridops.adapters.journal.writer_lock import WriterLock
from gridops.errors import JournalError

LOCKED_WAIT_S = 1.5
"""How long a statement waits for somebody else's lock before it fails: less than the control room
may be silent."""


def open_journal(url: str, *, read_only: bool = False) -> SqlJournal:
    """Opens `sqlite:///path`, making and upgrading it unless `read_only`.

    A writer holds the journal alone until `close`; readers come and go beside it.

    Raises:
        JournalBusy: another writer has it.
        JournalBroken: its last entries do not chain.
        JournalError: it cannot be reached, is of another kind, or of a newer version.
    """
    path = _file_of(url)
    if read_only and not path.is_file():
        raise JournalError("there is no such journal", where=str(path), remedy="check the path")
    lock = None if read_only else WriterLock(path)
    engine = _engine(path, read_only=read_only)
    try:
        _agree_on_schema(engine, path, read_only=read_only)
        return SqlJournal(engine, where=str(path), lock=lock)
    except SQLAlchemyError as error:
        _let_go(engine, lock)
        raise JournalError(
            f"cannot be opened: {getattr(error, 'orig', error)}",
            where=str(path),
            remedy="check the path, its rights and the free space",
        ) from error
    except JournalError:
        _let_go(engine, lock)
        raise


def _let_go(engine: Engine, lock: WriterLock | None) -> None:
    engine.dispose()
    if lock is not None:
        lock.release()


def _file_of(url: str) -> Path:
    remedy = "write it as sqlite:///relative/path or sqlite:////absolute/path"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise JournalError("not a database address", where=url, remedy=remedy) from error
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        shown = parsed.render_as_string(hide_password=True)
        raise JournalError("only SQLite files can be journals yet", where=shown, remedy=remedy)
    return Path(str(parsed.database)).absolute()


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


def _agree_on_schema(engine: Engine, path: Path, *, read_only: bool) -> None:
    with engine.begin() as connection:
        version = _version(connection, path)
        if version == HEAD:
            return
        if read_only:
            raise JournalError(
                f"the schema is of version {version or 'none'}, this GridOps reads {HEAD}",
                where=str(path),
                remedy="let the service open it once, it upgrades the schema",
            )
        from gridops.adapters.journal.upgrade import upgrade  # noqa: PLC0415 (half a second)

        upgrade(connection)


def _version(connection: Connection, path: Path) -> str | None:
    """None for an empty database. Raises: JournalError for what is not ours to touch."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise _not_ours(path)
    version = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    if set(tables) != TABLES.get(version, set(tables)):
        raise _not_ours(path)
    if version > HEAD:
        raise JournalError(
            f"the schema is of version {version}, newer than {HEAD} that this GridOps knows",
            where=str(path),
            remedy="use the GridOps that wrote it, or a newer one",
        )
    return version


def _not_ours(path: Path) -> JournalError:
    return JournalError(
        "holds tables that are not a journal's", where=str(path), remedy="choose another file"
    )
