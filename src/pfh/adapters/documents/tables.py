"""Tables of the SQL document store: the dashboard's read models and how far each has come."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, number, octets, table


def _documents(name: str) -> sa.Table:
    return table(
        name,
        identifier("household_id", primary_key=True),
        sa.Column("period", sa.Text(), primary_key=True, nullable=False),
        identifier("subject_id", primary_key=True),
        sa.Column("commodity", sa.Text(), primary_key=True, nullable=False),
        number("first_minor"),
        number("second_minor"),
        number("count"),
        without_rowid=True,
    )


monthly_summaries = _documents("monthly_summaries")
daily_category_spend = _documents("daily_category_spend")
balance_history = _documents("balance_history")

document_heads = table(
    "document_heads",
    identifier("household_id", primary_key=True),
    number("household_seq"),
    octets("hash"),
)
