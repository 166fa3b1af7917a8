"""What Alembic runs: the migrations, inside the transaction that ``upgrade`` has begun."""

from __future__ import annotations

from alembic import context

from proxyd.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite has it, and our connections leave BEGIN to us
    render_as_batch=True,  # SQLite alters tables by copying them
)
with context.begin_transaction():
    context.run_migrations()
