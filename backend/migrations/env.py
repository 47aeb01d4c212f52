"""Alembic's entry: runs the migrations on the connection that `deepshield.persistence.migrate` gives it."""

from __future__ import annotations

from alembic import context

from deepshield.persistence import measurement, workbench  # noqa: F401  (their tables are in the metadata)
from deepshield.persistence.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
