"""Alembic's environment: the caller hands over an open connection; there is no ini file."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from pfh.migrations.metadata import metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite cannot alter most things in place; a batch copies the table instead.
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
        # SQLite can undo DDL too; the runner begins the transaction that its driver would not.
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
