"""What Alembic runs: `plugin.store.schema` hands in the connection."""

from alembic import context

from plugin.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
