"""Alembic's environment: the caller hands over an open connection; there is no ini file.

Without a connection it writes PostgreSQL's SQL for whoever reviews it, and runs nothing.

It exists also to keep `schema_revisions` in the transaction of each migration: the lineage that is
applied, and for each migration the oldest program that still works after it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from pfh.migrations.metadata import metadata

_TABLE: Final = "schema_revisions"
_FORGET: Final = sa.text("DELETE FROM schema_revisions")
_REMEMBER: Final = sa.text(
    "INSERT INTO schema_revisions (revision, ordinal, oldest_ordinal)"
    " VALUES (:revision, :ordinal, :oldest_ordinal)"
)


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
        on_version_apply=_remember,
    )
    with context.begin_transaction():
        context.run_migrations()


def _write() -> None:
    """Write the SQL; the lineage is left out, since only a database tells where it is kept."""
    context.configure(
        dialect_name="postgresql",
        target_metadata=metadata,
        transaction_per_migration=True,
        transactional_ddl=True,
        literal_binds=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _remember(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],
    run_args: Mapping[str, Any],
) -> None:
    """Write the lineage anew; it is short, and whatever was there before is thereby repaired."""
    del ctx, heads, run_args
    connection = context.get_bind()
    # After a step downwards it is what the migration stood on that is applied.
    applied = (step.up_revision_id,) if step.is_upgrade else step.down_revision_ids
    if applied and applied[0] and sa.inspect(connection).has_table(_TABLE):
        connection.execute(_FORGET)
        connection.execute(_REMEMBER, lineage(context.script, applied[0]))


def lineage(script: ScriptDirectory, newest: str) -> list[dict[str, str | int]]:
    """Return a row for each migration up to `newest`, oldest first.

    A migration that programs from before another one cannot live with says so by a constant
    `NEEDS_PROGRAM_OF`, the revision of the oldest program that can: a column that is dropped was
    last used by the program before that. Without it every program can.
    """
    found = list(script.iterate_revisions(newest, "base"))[::-1]
    ordinals = {item.revision: number for number, item in enumerate(found, start=1)}
    return [
        {
            "revision": item.revision,
            "ordinal": ordinals[item.revision],
            "oldest_ordinal": ordinals.get(getattr(item.module, "NEEDS_PROGRAM_OF", ""), 0),
        }
        for item in found
    ]


if context.is_offline_mode():
    _write()
else:
    _run(context.config.attributes["connection"])
