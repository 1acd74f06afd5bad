"""Runs on the connection that `upgrade` hands over, in one transaction."""

from alembic import context

from gridops.adapters.journal.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
