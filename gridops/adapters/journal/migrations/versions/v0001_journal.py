"""The first schema: one append-only table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REFUSE = """
CREATE TRIGGER journal_refuses_{verb} BEFORE {verb} ON journal_entry
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
"""
# INSERT OR REPLACE deletes without firing the DELETE trigger, so the sequence is checked too.
NO_HOLES = """
CREATE TRIGGER journal_refuses_holes BEFORE INSERT ON journal_entry
WHEN NEW.sequence <> (SELECT COALESCE(MAX(sequence), 0) FROM journal_entry) + 1
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
"""


def upgrade() -> None:
    op.create_table(
        "journal_entry",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(REFUSE.format(verb="UPDATE"))
        op.execute(REFUSE.format(verb="DELETE"))
        op.execute(NO_HOLES)
