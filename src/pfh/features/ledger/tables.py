"""The journal: entries, their postings, the kept balances and the trash (ledger spec §4–§8)."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import (
    civil_date,
    identifier,
    in_range,
    instant,
    minor_units,
    number,
    one_of,
    table,
    text,
)

entries = table(
    "entries",
    identifier("entry_id", primary_key=True),
    identifier("household_id", sa.ForeignKey("households.household_id")),
    civil_date("date"),
    text("transaction_type"),
    text("status"),
    identifier("payee_id", sa.ForeignKey("payees.payee_id"), nullable=True),
    text("description"),
    text("notes"),
    # Case-folded description and notes: what the text search reads.
    text("search_text"),
    identifier("import_id", nullable=True),
    number("version"),
    instant("created_at"),
    one_of("transaction_type", "income", "expense", "transfer", "opening"),
    one_of("status", "pending", "cleared", "reconciled"),
    sa.CheckConstraint("date BETWEEN '1900-01-01' AND '2199-12-31'", name="date_range"),
    sa.Index("ix_entries_household_id_date", "household_id", "date", "entry_id"),
    # Few entries are pending at a time, and people want to see just those.
    sa.Index(
        "ix_entries_pending",
        "household_id",
        "date",
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    ),
)

postings = table(
    "postings",
    identifier("entry_id", sa.ForeignKey("entries.entry_id"), primary_key=True),
    sa.Column("line", sa.Integer(), primary_key=True, nullable=False),
    identifier("account_id", sa.ForeignKey("accounts.account_id")),
    civil_date("date"),
    minor_units("amount_minor"),
    text("commodity"),
    text("memo"),
    in_range("amount_minor"),
    sa.Index("ix_postings_account_id_date", "account_id", "date", "amount_minor"),
    without_rowid=True,
)

balances = table(
    "balances",
    identifier("account_id", sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("commodity", sa.Text(), primary_key=True, nullable=False),
    minor_units("amount_minor"),
    number("posting_count"),
    without_rowid=True,
)

# What a list without filters sums to, kept with the entries so that a total costs the same at a
# million of them; `amount_minor` sums |line 0|.
entry_totals = table(
    "entry_totals",
    identifier("household_id", sa.ForeignKey("households.household_id"), primary_key=True),
    # Month last, so that the sum of all months needs no sorting.
    sa.Column("transaction_type", sa.Text(), primary_key=True, nullable=False),
    sa.Column("commodity", sa.Text(), primary_key=True, nullable=False),
    sa.Column("month", sa.Text(), primary_key=True, nullable=False),
    minor_units("amount_minor"),
    number("entry_count"),
    without_rowid=True,
)

# What the list of one account sums to, kept likewise: |amounts| and entries as lists tell them. The
# sums of amounts and postings prove the rows: they are the account's balance, or are not believed.
# They go with the account by themselves, for programs that do not know them remove accounts, too.
account_totals = table(
    "account_totals",
    identifier(
        "account_id", sa.ForeignKey("accounts.account_id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("transaction_type", sa.Text(), primary_key=True, nullable=False),
    sa.Column("commodity", sa.Text(), primary_key=True, nullable=False),
    sa.Column("month", sa.Text(), primary_key=True, nullable=False),
    minor_units("amount_minor"),
    number("entry_count"),
    minor_units("balance_minor"),
    number("posting_count"),
    without_rowid=True,
)

entry_tags = table(
    "entry_tags",
    identifier("entry_id", sa.ForeignKey("entries.entry_id"), primary_key=True),
    identifier("tag_id", sa.ForeignKey("tags.tag_id"), primary_key=True),
    sa.Index("ix_entry_tags_tag_id", "tag_id", "entry_id"),
    without_rowid=True,
)

trash = table(
    "trash",
    identifier("entry_id", primary_key=True),
    identifier("household_id", sa.ForeignKey("households.household_id")),
    instant("deleted_at"),
    # The whole entry as JSON, in the form that restoring reads.
    text("content"),
    sa.Index("ix_trash_household_id", "household_id", "deleted_at"),
)
