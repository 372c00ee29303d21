"""The chart of accounts: real accounts and categories are rows of one tree (ledger spec §3)."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, instant, number, sort_key, table, text

accounts = table(
    "accounts",
    identifier("account_id", primary_key=True),
    identifier("household_id", sa.ForeignKey("households.household_id")),
    text("account_class"),
    text("account_type"),
    text("name"),
    sort_key("name_key"),
    identifier("parent_id", sa.ForeignKey("accounts.account_id"), nullable=True),
    # A real account holds one commodity; a category or system account takes any and has none.
    text("commodity", nullable=True),
    # The bank's own number for the account, remembered from imports.
    text("external_id", nullable=True),
    number("sort_order"),
    number("version"),
    instant("created_at"),
    instant("closed_at", nullable=True),
    identifier("merged_into_id", sa.ForeignKey("accounts.account_id"), nullable=True),
    sa.CheckConstraint(
        "account_class IN ('asset', 'liability', 'equity', 'income', 'expense')",
        name="account_class",
    ),
    sa.Index(
        "uq_accounts_name",
        "household_id",
        "account_class",
        sa.text("COALESCE(parent_id, 0)"),
        "name_key",
        unique=True,
        sqlite_where=sa.text("merged_into_id IS NULL"),
        postgresql_where=sa.text("merged_into_id IS NULL"),
    ),
    sa.Index("ix_accounts_household_id", "household_id"),
    sa.Index("ix_accounts_parent_id", "parent_id"),
)
