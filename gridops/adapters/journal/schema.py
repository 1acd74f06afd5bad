"""The tables, as Alembic's migrations leave it."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, Text

SCHEMA = "gridops"
"""On PostgreSQL: tables of others may stand in the same database."""
HEAD = "0005"
"""The schema version that this code reads and writes."""

metadata = MetaData()
journal_entry = Table(
    "journal_entry",
    metadata,
    Column(
        "sequence",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("at", String(32), nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
grid_version = Table(
    "grid_version",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("texts", LargeBinary, nullable=False),
)
"""`texts`: canonical JSON of file name -> content, compressed with zlib."""
snapshot = Table(
    "snapshot",
    metadata,
    Column(
        "sequence",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("hash", String(64), nullable=False),
    Column("engine", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""`hash`: of the entry `sequence`; `digest`: SHA-256 of `body`."""
journal_cut = Table(
    "journal_cut",
    metadata,
    Column(
        "sequence",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("hash", String(64), nullable=False),
)
"""The last entry that was archived, each time."""
_SINCE_SNAPSHOTS = {
    "alembic_version",
    journal_entry.name,
    grid_version.name,
    snapshot.name,
    journal_cut.name,
}
TABLES = {
    "0001": {"alembic_version", journal_entry.name},
    "0002": {"alembic_version", journal_entry.name, grid_version.name},
    "0003": {"alembic_version", journal_entry.name, grid_version.name},
    "0004": _SINCE_SNAPSHOTS,
    "0005": _SINCE_SNAPSHOTS,
}
"""Which tables each schema version has."""
