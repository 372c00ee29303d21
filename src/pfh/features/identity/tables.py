"""Tables of identity: users, sessions, refresh tokens, codes of letters, counts of refusals."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, instant, number, octets, table, text

users = table(
    "users",
    identifier("user_id", primary_key=True),
    text("email"),
    text("email_key"),
    text("password_hash"),
    text("first_name"),
    text("last_name"),
    text("role"),
    number("epoch"),
    instant("terms_accepted_at"),
    instant("created_at"),
    instant("disabled_at", nullable=True),
    instant("email_verified_at", nullable=True),
    text("language", nullable=True),
    sa.UniqueConstraint("email_key"),
    sa.CheckConstraint("role IN ('user', 'admin')", name="role"),
)

sessions = table(
    "sessions",
    identifier("session_id", primary_key=True),
    identifier("user_id", sa.ForeignKey("users.user_id")),
    identifier("household_id"),
    text("user_agent"),
    text("address"),
    instant("created_at"),
    instant("last_seen_at"),
    instant("expires_at"),
    instant("revoked_at", nullable=True),
    sa.Index("ix_sessions_user_id", "user_id"),
)

refresh_tokens = table(
    "refresh_tokens",
    sa.Column("token_hash", sa.LargeBinary(), primary_key=True, nullable=False),
    identifier("session_id", sa.ForeignKey("sessions.session_id")),
    instant("issued_at"),
    instant("used_at", nullable=True),
    octets("successor_hash", nullable=True),
    sa.Index("ix_refresh_tokens_session_id", "session_id"),
)

# Codes of letters: as hashes, each for one use. Without a person it is a code that nobody got.
link_codes = table(
    "link_codes",
    sa.Column("code_hash", sa.LargeBinary(), primary_key=True, nullable=False),
    text("purpose"),
    identifier("user_id", sa.ForeignKey("users.user_id"), nullable=True),
    text("email_key"),
    instant("created_at"),
    instant("expires_at"),
    instant("used_at", nullable=True),
    sa.Index("ix_link_codes_user_id", "user_id"),
    sa.Index("ix_link_codes_expires_at", "expires_at"),
)

# How often people were not let in, in five minutes each; who they were is in the log alone.
sign_in_refusals = table(
    "sign_in_refusals",
    instant("began_at"),
    text("event"),
    text("reason"),
    number("count"),
    sa.PrimaryKeyConstraint("began_at", "event", "reason"),
)
