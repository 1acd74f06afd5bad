"""On PostgreSQL an append costs what it writes, however long the journal is."""

from alembic import op

revision = "0005"
down_revision = "0004"

# Whether anything stands beyond the last one is asked of the largest sequence: the planner takes a
# row that EXISTS looks for to be common, and read the whole journal for one that is never there.
NO_HOLES = """
CREATE OR REPLACE FUNCTION journal_entry_refuses_holes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first bigint; last bigint; many bigint; before bigint; largest bigint;
BEGIN
    SELECT min(sequence), max(sequence), count(*) INTO first, last, many FROM added;
    SELECT GREATEST(
        (SELECT COALESCE(max(sequence), 0) FROM journal_entry WHERE sequence < first),
        (SELECT COALESCE(max(sequence), 0) FROM journal_cut)
    ) INTO before;
    SELECT max(sequence) INTO largest FROM journal_entry;
    IF many > 0 AND (first <> before + 1 OR last <> first + many - 1 OR largest <> last) THEN
        RAISE EXCEPTION 'the journal is append-only'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(NO_HOLES)
