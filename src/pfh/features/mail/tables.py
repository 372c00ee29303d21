"""The table of mail: the outbox, written in the transaction that causes the mail."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, instant, number, one_of, table, text

mail_outbox = table(
    "mail_outbox",
    identifier("mail_id", primary_key=True),
    identifier("user_id", nullable=True),
    text("kind"),
    text("language"),
    text("recipient"),
    text("content"),
    text("correlation_id"),
    text("state"),
    number("attempts"),
    instant("created_at"),
    instant("due_at"),
    instant("useful_until", nullable=True),
    instant("ended_at", nullable=True),
    text("last_error", nullable=True),
    one_of("state", "due", "sent", "dead", "void"),
    sa.Index("ix_mail_outbox_state_due_at", "state", "due_at"),
)
