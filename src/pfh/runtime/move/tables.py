"""Which tables a move takes along: every one of the schema, but those that are listed here.

They come from the metadata, so that a table that is new tomorrow is moved without a thought.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from pfh.migrations.metadata import metadata
from pfh.ports.bulk import ColumnKind, TableShape

_MADE_AGAIN: Final = "a read model, made again from the events at the target"
LEFT_OUT: Final[dict[str, str]] = {
    "monthly_summaries": _MADE_AGAIN,
    "daily_category_spend": _MADE_AGAIN,
    "balance_history": _MADE_AGAIN,
    "document_heads": _MADE_AGAIN,
    "relays": "the relay of the target makes itself known there",
    "outbox": "it waits for the relay of the source; consumers read what they lack from the events",
    "outbox_quarantine": "of the stream of the source; the target has one of its own",
    "audit_log": "what operators did at the source stays told there",
    "sign_in_refusals": "of strangers before the source",
    "address_blocks": "of the network before the source",
    "maintenance": "it holds the source, not the books",
    "backup_records": "of backups of the source, which the target's tools cannot read",
    "admin_jobs": "of processes of the source, which end with them",
    "schema_revisions": "of the tables, not of the books; the target has its own",
    "parked_households": "of the consumers of the source; those of the target begin anew",
}
"""Tables that stay behind, each with its reason."""
_KINDS: Final[dict[str, ColumnKind]] = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "TEXT": "text",
    "BYTEA": "octets",
    "DATE": "date",
}
OBJECT_COLUMN: Final = "object_key"
"""A column of this name holds the key of a file in the object store, or an empty text."""


def moved_tables() -> tuple[TableShape, ...]:
    """Return the tables to move; those that others point at come first."""
    return tuple(shape_of(table) for table in metadata.sorted_tables if table.name not in LEFT_OUT)


def all_tables() -> tuple[TableShape, ...]:
    """Return every table of the schema."""
    return tuple(map(shape_of, metadata.sorted_tables))


def tables_with_objects() -> tuple[TableShape, ...]:
    """Return the tables that name files."""
    return tuple(table for table in moved_tables() if OBJECT_COLUMN in table.columns)


def shape_of(table: sa.Table) -> TableShape:
    """Return what the bulk port needs to know of a table."""
    columns = list(table.columns)
    counters = [column.name for column in columns if column.identity is not None]
    return TableShape(
        table.name,
        tuple(column.name for column in columns),
        tuple(_kind(column) for column in columns),
        tuple(columns.index(column) for column in table.primary_key),
        counters[0] if counters else None,
    )


def _kind(column: sa.Column[object]) -> ColumnKind:
    # PostgreSQL's own types tell a date from a text; on SQLite both are text.
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return _KINDS[column.type.compile(dialect=dialect).partition(" ")[0]]
