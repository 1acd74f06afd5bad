"""The append-only journal on a SQL database, as `gridops.ports.Journal` promises it."""

from gridops.adapters.journal.opening import open_journal
from gridops.adapters.journal.sql_journal import SqlJournal

__all__ = ["SqlJournal", "open_journal"]
