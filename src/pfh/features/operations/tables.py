"""Tables of operations: what operators did, which addresses are refused, whether books are held."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, instant, table, text

# Rows are added and completed once; triggers refuse every other change.
audit_log = table(
    "audit_log",
    identifier("audit_id", primary_key=True),
    instant("occurred_at"),
    text("actor"),
    text("action"),
    text("target"),
    text("address"),
    text("correlation_id"),
    text("detail", nullable=True),
    text("outcome", nullable=True),
)

address_blocks = table(
    "address_blocks",
    identifier("block_id", primary_key=True),
    text("cidr"),
    text("reason"),
    text("created_by"),
    instant("created_at"),
    instant("expires_at"),
    sa.UniqueConstraint("cidr"),
)

# At most one row: what is held is always "books".
maintenance = table(
    "maintenance",
    text("name", primary_key=True),
    text("reason"),
    text("created_by"),
    instant("created_at"),
    instant("expires_at", nullable=True),
)
