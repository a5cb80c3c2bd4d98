"""alembic reads this file. The connection is handed in by `askpanda.database.migrations.run`."""

from alembic import context

from askpanda.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a column by copying its table
)
with context.begin_transaction():
    context.run_migrations()
