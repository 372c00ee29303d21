"""The table of what was backed up and what was restored in a drill."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, instant, number, one_of, table, text

# A backup holds its own row as running: only the books that it was made of learn how it ended.
backup_records = table(
    "backup_records",
    identifier("record_id", primary_key=True),
    text("kind"),
    text("state"),
    instant("started_at"),
    instant("ended_at", nullable=True),
    text("backup"),
    instant("taken_at", nullable=True),
    number("length", nullable=True),
    number("entries", nullable=True),
    # Microseconds, as every duration beside an instant.
    number("rpo", nullable=True),
    number("rto", nullable=True),
    text("error", nullable=True),
    one_of("kind", "backup", "drill"),
    one_of("state", "running", "done", "failed"),
    sa.Index("ix_backup_records_kind_state_started_at", "kind", "state", "started_at"),
)
