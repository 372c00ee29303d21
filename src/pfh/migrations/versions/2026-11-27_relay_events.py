"""Note which events wait for a relay, and which households wait for help.

Revision: 20261127_relay_events
After: 20261127_count_model_tokens
Why: events are carried to Kafka without changing their rows; see docs/specs/events.md §8.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261127_relay_events"
down_revision = "20261127_count_model_tokens"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _column(name: str, kind: sa.types.TypeEngine[Any] = Integer64) -> sa.Column[Any]:
    return sa.Column(name, kind, autoincrement=False, nullable=False)


def upgrade() -> None:
    """Create the tables, empty: nothing waits before a relay has made itself known."""
    op.create_table(
        "relays",
        _column("name", sa.Text()),
        _column("registered_at"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_relays")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        _column("position"),
        _column("household_id"),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox_quarantine",
        _column("household_id"),
        _column("position"),
        _column("error", sa.Text()),
        _column("quarantined_at"),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_outbox_quarantine")),
        sqlite_strict=True,
    )
    op.create_table(
        "parked_households",
        _column("consumer_group", sa.Text()),
        _column("household_id"),
        _column("household_seq"),
        _column("event_id"),
        _column("event_type", sa.Text()),
        _column("error", sa.Text()),
        _column("attempts"),
        _column("parked_at"),
        sa.PrimaryKeyConstraint(
            "consumer_group", "household_id", name=op.f("pk_parked_households")
        ),
        sqlite_strict=True,
    )
    if op.get_context().dialect.name == "postgresql":
        # Every row of it is soon deleted; left to the usual share of a growing table, the dead
        # ones would be read again and again by whoever looks for the first that lives.
        op.execute(
            "ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0,"
            " autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0,"
            " autovacuum_analyze_threshold = 50000)"
        )


def downgrade() -> None:
    """Forget what waits; consumers find what they lack in the events themselves."""
    for name in ("parked_households", "outbox_quarantine", "outbox", "relays"):
        op.drop_table(name)
