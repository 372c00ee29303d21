"""Tables of operations: what operators did, refused addresses, held books, jobs."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, instant, number, table, text

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

# `slot` is the kind while a job runs, so that one of a kind runs in the whole installation.
admin_jobs = table(
    "admin_jobs",
    identifier("job_id", primary_key=True),
    text("kind"),
    text("patterns"),
    text("status"),
    text("slot", nullable=True),
    number("total"),
    number("done"),
    number("failed"),
    text("created_by"),
    instant("started_at"),
    instant("alive_at"),
    instant("ended_at", nullable=True),
    sa.UniqueConstraint("slot"),
    sa.CheckConstraint("status IN ('running', 'done', 'failed', 'lost')", name="status"),
)
