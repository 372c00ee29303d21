"""The tables that belong to no feature: events and what carries them on, stored answers."""

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

# Which relays carry events away; without any, nobody fills the outbox.
relays = table("relays", text("name", primary_key=True), instant("registered_at"))

# Events that no relay has carried away yet. The events themselves are never changed.
outbox = table(
    "outbox",
    identifier("position", primary_key=True),
    identifier("household_id"),
)

# Households with an event that the stream refuses: it and all after it wait.
outbox_quarantine = table(
    "outbox_quarantine",
    identifier("household_id", primary_key=True),
    identifier("position"),
    text("error"),
    instant("quarantined_at"),
)

# Households with an event that a consumer group cannot apply, each with that event.
parked_households = table(
    "parked_households",
    text("consumer_group", primary_key=True),
    identifier("household_id", primary_key=True),
    number("household_seq"),
    identifier("event_id"),
    text("event_type"),
    text("error"),
    number("attempts"),
    instant("parked_at"),
)

# Which migrations were applied, so that a program from before the last ones can tell whether it
# still works with the books: during a deployment both run.
schema_revisions = table(
    "schema_revisions",
    text("revision", primary_key=True),
    number("ordinal"),
    number("oldest_ordinal"),
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
