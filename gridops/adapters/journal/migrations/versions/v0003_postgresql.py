"""PostgreSQL refuses to rewrite history as SQLite does."""

from alembic import op

revision = "0003"
down_revision = "0002"

REFUSE = """
CREATE FUNCTION {table}_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
REFUSES = """
CREATE TRIGGER {table}_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuses()
"""
NO_HOLES = """
CREATE FUNCTION journal_entry_refuses_holes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first bigint; last bigint; many bigint; before bigint;
BEGIN
    SELECT min(sequence), max(sequence), count(*) INTO first, last, many FROM added;
    SELECT COALESCE(max(sequence), 0) INTO before FROM journal_entry WHERE sequence < first;
    IF many > 0 AND (first <> before + 1 OR last <> first + many - 1 OR EXISTS (
        SELECT 1 FROM journal_entry WHERE sequence > last
    )) THEN
        RAISE EXCEPTION 'the journal is append-only'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
"""
REFUSES_HOLES = """
CREATE TRIGGER journal_entry_refuses_holes AFTER INSERT ON journal_entry
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_refuses_holes()
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    said = {
        "journal_entry": "the journal is append-only",
        "grid_version": "kept grids are never changed",
    }
    for table, says in said.items():
        op.execute(REFUSE.format(table=table, says=says))
        op.execute(REFUSES.format(table=table))
    op.execute(NO_HOLES)
    op.execute(REFUSES_HOLES)
