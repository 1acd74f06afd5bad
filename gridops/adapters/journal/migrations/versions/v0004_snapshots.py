"""Snapshots of what the control room knew, and the entries before a cut let go."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SQLITE = (
    "DROP TRIGGER journal_refuses_DELETE",
    "DROP TRIGGER journal_refuses_holes",
    """
CREATE TRIGGER journal_refuses_DELETE BEFORE DELETE ON journal_entry
WHEN OLD.sequence > (SELECT COALESCE(MAX(sequence), 0) FROM journal_cut)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
""",
    """
CREATE TRIGGER journal_refuses_holes BEFORE INSERT ON journal_entry
WHEN NEW.sequence <> MAX(
    (SELECT COALESCE(MAX(sequence), 0) FROM journal_entry),
    (SELECT COALESCE(MAX(sequence), 0) FROM journal_cut)
) + 1
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
""",
    """
CREATE TRIGGER cuts_refuse_UPDATE BEFORE UPDATE ON journal_cut
BEGIN SELECT RAISE(ABORT, 'cuts are never changed'); END
""",
    """
CREATE TRIGGER cuts_refuse_DELETE BEFORE DELETE ON journal_cut
BEGIN SELECT RAISE(ABORT, 'cuts are never changed'); END
""",
    """
CREATE TRIGGER cuts_refuse_others BEFORE INSERT ON journal_cut
WHEN EXISTS (SELECT 1 FROM journal_cut WHERE sequence >= NEW.sequence)
OR NOT EXISTS (SELECT 1 FROM snapshot WHERE sequence = NEW.sequence AND hash = NEW.hash)
OR (
    EXISTS (SELECT 1 FROM journal_entry) AND NOT EXISTS (
        SELECT 1 FROM journal_entry WHERE sequence = NEW.sequence AND hash = NEW.hash
    )
)
BEGIN SELECT RAISE(ABORT, 'a cut has to fit what is kept'); END
""",
)
POSTGRESQL = (
    "DROP TRIGGER journal_entry_refuses ON journal_entry",
    """
CREATE TRIGGER journal_entry_refuses BEFORE UPDATE OR TRUNCATE ON journal_entry
FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_refuses()
""",
    """
CREATE FUNCTION journal_entry_refuses_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM gone WHERE sequence > (
        SELECT COALESCE(max(sequence), 0) FROM journal_cut
    )) THEN
        RAISE EXCEPTION 'the journal is append-only'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER journal_entry_refuses_delete AFTER DELETE ON journal_entry
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_refuses_delete()
""",
    """
CREATE OR REPLACE FUNCTION journal_entry_refuses_holes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first bigint; last bigint; many bigint; before bigint;
BEGIN
    SELECT min(sequence), max(sequence), count(*) INTO first, last, many FROM added;
    SELECT GREATEST(
        (SELECT COALESCE(max(sequence), 0) FROM journal_entry WHERE sequence < first),
        (SELECT COALESCE(max(sequence), 0) FROM journal_cut)
    ) INTO before;
    IF many > 0 AND (first <> before + 1 OR last <> first + many - 1 OR EXISTS (
        SELECT 1 FROM journal_entry WHERE sequence > last
    )) THEN
        RAISE EXCEPTION 'the journal is append-only'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
""",
    """
CREATE FUNCTION journal_cut_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cuts are never changed' USING ERRCODE = 'integrity_constraint_violation';
END $$
""",
    """
CREATE TRIGGER journal_cut_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_cut
FOR EACH STATEMENT EXECUTE FUNCTION journal_cut_refuses()
""",
    """
CREATE FUNCTION journal_cut_refuses_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM journal_cut WHERE sequence >= NEW.sequence)
    OR NOT EXISTS (SELECT 1 FROM snapshot WHERE sequence = NEW.sequence AND hash = NEW.hash)
    OR (
        EXISTS (SELECT 1 FROM journal_entry) AND NOT EXISTS (
            SELECT 1 FROM journal_entry WHERE sequence = NEW.sequence AND hash = NEW.hash
        )
    ) THEN
        RAISE EXCEPTION 'a cut has to fit what is kept'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER journal_cut_refuses_others BEFORE INSERT ON journal_cut
FOR EACH ROW EXECUTE FUNCTION journal_cut_refuses_others()
""",
)


def upgrade() -> None:
    sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "snapshot",
        sa.Column("sequence", sequence, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "journal_cut",
        sa.Column("sequence", sequence, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    is_file = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if is_file else POSTGRESQL:
        op.execute(statement)
