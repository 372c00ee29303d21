"""Imports, the keys of the rows they brought, and the remembered column mappings."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import (
    CivilDate,
    Integer64,
    identifier,
    instant,
    number,
    table,
    text,
)

imports = table(
    "imports",
    identifier("import_id", primary_key=True),
    identifier("household_id", sa.ForeignKey("households.household_id")),
    identifier("user_id"),
    text("file_name"),
    text("format"),
    text("status"),
    # The file in the object store; empty once `release_files.py` deleted it.
    text("object_key"),
    # Choices and findings as JSON: mapping, target accounts, errors by line, warnings.
    text("settings"),
    text("findings"),
    number("row_count"),
    number("new_count"),
    number("duplicate_count"),
    number("error_count"),
    number("done_count"),
    identifier("first_entry_id", nullable=True),
    identifier("last_entry_id", nullable=True),
    instant("created_at"),
    instant("committed_at", nullable=True),
    instant("reverted_at", nullable=True),
    # Which worker is at a step of this import, and until when others leave it alone.
    identifier("claimed_by", nullable=True),
    instant("claimed_until", nullable=True),
    sa.CheckConstraint(
        "status IN ('reading', 'preview', 'committing', 'committed', 'reverting', 'reverted',"
        " 'failed', 'discarded')",
        name="status",
    ),
    sa.Index("ix_imports_household_id", "household_id", "import_id"),
)

# The key starts with account and date so that one file touches neighbouring pages: random keys
# cost three times as much at a million rows.
import_rows = table(
    "import_rows",
    identifier("account_id", sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("date", CivilDate, primary_key=True, nullable=False),
    sa.Column("digest", Integer64, primary_key=True, nullable=False, autoincrement=False),
    identifier("entry_id"),
    without_rowid=True,
)

csv_mappings = table(
    "csv_mappings",
    identifier("household_id", sa.ForeignKey("households.household_id"), primary_key=True),
    sa.Column("fingerprint", sa.Text(), primary_key=True, nullable=False),
    text("mapping"),
    instant("created_at"),
)
