"""The tables that belong to no feature: events, their heads, stored answers."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import Integer64, identifier, instant, number, octets, table, text

events = table(
    "events",
    sa.Column("position", Integer64, sa.Identity(always=False), primary_key=True),
    identifier("event_id"),
    identifier("household_id"),
    number("household_seq"),
    text("type"),
    number("version"),
    identifier("subject_id"),
    identifier("actor_id", nullable=True),
    text("correlation_id"),
    identifier("causation_id", nullable=True),
    text("traceparent", nullable=True),
    instant("occurred_at"),
    text("payload"),
    octets("prev_hash"),
    octets("hash"),
    sa.UniqueConstraint("household_id", "household_seq"),
    sa.Index("ix_events_subject_id", "subject_id"),
)

event_heads = table(
    "event_heads",
    identifier("household_id", primary_key=True),
    number("household_seq"),
    octets("hash"),
)

# With a row id on SQLite, so that stored answers lie in the order of their arrival: in a tree by
# the random key each one would dirty a page of its own.
idempotency_keys = table(
    "idempotency_keys",
    identifier("user_id", primary_key=True),
    sa.Column("key_hash", sa.LargeBinary(), primary_key=True, nullable=False),
    octets("request_hash"),
    number("status"),
    octets("body"),
    instant("created_at"),
    sa.Index("ix_idempotency_keys_created_at", "created_at"),
)
