"""Alembic's home for the journal; `upgrade` runs it whenever a writer opens a journal."""
