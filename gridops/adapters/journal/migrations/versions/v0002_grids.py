"""The journal keeps every version of the grid that it was written on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

REFUSE = """
CREATE TRIGGER grids_refuse_{verb} BEFORE {verb} ON grid_version
BEGIN SELECT RAISE(ABORT, 'kept grids are never changed'); END
"""
# INSERT OR REPLACE deletes without firing the DELETE trigger.
REFUSE_AGAIN = """
CREATE TRIGGER grids_refuse_again BEFORE INSERT ON grid_version
WHEN EXISTS (
    SELECT 1 FROM grid_version WHERE fingerprint = NEW.fingerprint OR number >= NEW.number
)
BEGIN SELECT RAISE(ABORT, 'kept grids are never changed'); END
"""


def upgrade() -> None:
    op.create_table(
        "grid_version",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("texts", sa.LargeBinary, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(REFUSE.format(verb="UPDATE"))
        op.execute(REFUSE.format(verb="DELETE"))
        op.execute(REFUSE_AGAIN)
