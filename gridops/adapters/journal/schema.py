"""The one table, as Alembic's migrations leave it."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text

HEAD = "0001"
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
