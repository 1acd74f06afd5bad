"""Where a journal may stand, and how an insider with a database tool gets at it."""

import sqlite3
from abc import ABC, abstractmethod
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gridops.adapters.journal import SqlJournal, open_journal


class Place(ABC):
    url: str
    refusal: type[Exception]
    """What the database says to who would rewrite history."""

    def open(self, *, read_only: bool = False) -> SqlJournal:
        return open_journal(self.url, read_only=read_only)

    @abstractmethod
    def edit(self, *statements: str) -> None: ...

    @abstractmethod
    def unlock(self) -> None:
        """Takes the triggers away."""


class File(Place):
    refusal = sqlite3.IntegrityError

    def __init__(self, folder: Path) -> None:
        self.path = folder / "night.db"
        self.url = f"sqlite:///{self.path}"

    def edit(self, *statements: str) -> None:
        connection = sqlite3.connect(self.path)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def unlock(self) -> None:
        self.edit(*(f"DROP TRIGGER journal_refuses_{w}" for w in ("UPDATE", "DELETE", "holes")))


class Database(Place):
    def __init__(self, url: str) -> None:
        import psycopg  # noqa: PLC0415 (only where PostgreSQL is tested)

        self.url = url
        self.refusal = psycopg.IntegrityError
        self._connect = psycopg.connect

    def edit(self, *statements: str) -> None:
        with self._connect(self.url, options="-c search_path=gridops,public") as connection:
            for statement in statements:
                connection.execute(statement)

    def unlock(self) -> None:
        self.edit("ALTER TABLE journal_entry DISABLE TRIGGER USER")


def begun(file: Path) -> str:
    """The address of the journal there. A new one is a copy of an empty one that was made once:
    to bring a schema up to date takes longer than many a test."""
    if not file.exists():
        file.write_bytes(_empty())
    return f"sqlite:///{file}"


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite"
        open_journal(f"sqlite:///{file}").close()
        return file.read_bytes()
