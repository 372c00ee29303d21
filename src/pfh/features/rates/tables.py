"""Exchange rates a household entered, or that its own exchanges imply."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import CivilDate, identifier, instant, table, text

rates = table(
    "rates",
    identifier("household_id", sa.ForeignKey("households.household_id"), primary_key=True),
    sa.Column("commodity", sa.Text(), primary_key=True, nullable=False),
    sa.Column("quote", sa.Text(), primary_key=True, nullable=False),
    sa.Column("date", CivilDate, primary_key=True, nullable=False),
    # Exact decimal text: how many units of `quote` one unit of `commodity` is worth.
    text("rate"),
    text("source"),
    instant("created_at"),
    sa.CheckConstraint("source IN ('entered', 'exchange')", name="source"),
)
