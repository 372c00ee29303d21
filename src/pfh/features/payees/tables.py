"""Payees: whom money came from or went to; a merged payee points at the one it became."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, instant, sort_key, table, text

payees = table(
    "payees",
    identifier("payee_id", primary_key=True),
    identifier("household_id", sa.ForeignKey("households.household_id")),
    text("name"),
    sort_key("name_key"),
    identifier("merged_into_id", sa.ForeignKey("payees.payee_id"), nullable=True),
    instant("created_at"),
    sa.UniqueConstraint("household_id", "name_key"),
)
