"""Tables of households: who keeps books together, and in which commodity they think."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, instant, table, text

households = table(
    "households",
    identifier("household_id", primary_key=True),
    text("name"),
    text("base_commodity"),
    instant("created_at"),
)

memberships = table(
    "memberships",
    identifier("household_id", sa.ForeignKey("households.household_id"), primary_key=True),
    identifier("user_id", primary_key=True),
    text("role"),
    instant("created_at"),
    sa.CheckConstraint("role IN ('owner', 'member', 'viewer')", name="role"),
    sa.Index("ix_memberships_user_id", "user_id"),
)
