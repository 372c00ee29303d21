"""Create the ledger, identity, imports, events and read models.

Revision: 20261123_create_hub
After: nothing
Why: the first schema; see docs/specs/ledger.md and docs/specs/events.md.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_create_hub"
down_revision = None
branch_labels = None
depends_on = None

# Written out here and not imported: a migration must not change when the code does.
Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CivilDate = sa.Text().with_variant(sa.Date(), "postgresql")


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "balance_history",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("subject_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("first_minor", Integer64, nullable=False),
        sa.Column("second_minor", Integer64, nullable=False),
        sa.Column("count", Integer64, nullable=False),
        sa.PrimaryKeyConstraint(
            "household_id", "period", "subject_id", "commodity", name=op.f("pk_balance_history")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_category_spend",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("subject_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("first_minor", Integer64, nullable=False),
        sa.Column("second_minor", Integer64, nullable=False),
        sa.Column("count", Integer64, nullable=False),
        sa.PrimaryKeyConstraint(
            "household_id",
            "period",
            "subject_id",
            "commodity",
            name=op.f("pk_daily_category_spend"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "document_heads",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_seq", Integer64, nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_document_heads")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "event_heads",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_seq", Integer64, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_event_heads")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "events",
        sa.Column("position", Integer64, sa.Identity(always=False), nullable=False),
        sa.Column("event_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_seq", Integer64, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", Integer64, nullable=False),
        sa.Column("subject_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("actor_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("causation_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("occurred_at", Integer64, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events")),
        sa.UniqueConstraint(
            "household_id", "household_seq", name=op.f("uq_events_household_id_household_seq")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_events_subject_id", "events", ["subject_id"], unique=False)
    op.create_table(
        "households",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("base_commodity", sa.Text(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_households")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", Integer64, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key_hash", name=op.f("pk_idempotency_keys")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False
    )
    op.create_table(
        "monthly_summaries",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("subject_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("first_minor", Integer64, nullable=False),
        sa.Column("second_minor", Integer64, nullable=False),
        sa.Column("count", Integer64, nullable=False),
        sa.PrimaryKeyConstraint(
            "household_id", "period", "subject_id", "commodity", name=op.f("pk_monthly_summaries")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "users",
        sa.Column("user_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("epoch", Integer64, nullable=False),
        sa.Column("terms_accepted_at", Integer64, nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.Column("disabled_at", Integer64, nullable=True),
        sa.CheckConstraint("role IN ('user', 'admin')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "accounts",
        sa.Column("account_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("account_class", sa.Text(), nullable=False),
        sa.Column("account_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("parent_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("commodity", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("sort_order", Integer64, nullable=False),
        sa.Column("version", Integer64, nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.Column("closed_at", Integer64, nullable=True),
        sa.Column("merged_into_id", Integer64, autoincrement=False, nullable=True),
        sa.CheckConstraint(
            "account_class IN ('asset', 'liability', 'equity', 'income', 'expense')",
            name=op.f("ck_accounts_account_class"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_accounts_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["accounts.account_id"], name=op.f("fk_accounts_merged_into_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["accounts.account_id"], name=op.f("fk_accounts_parent_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_accounts_household_id", "accounts", ["household_id"], unique=False)
    op.create_index("ix_accounts_parent_id", "accounts", ["parent_id"], unique=False)
    op.create_table(
        "csv_mappings",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_csv_mappings_household_id")
        ),
        sa.PrimaryKeyConstraint("household_id", "fingerprint", name=op.f("pk_csv_mappings")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "entry_totals",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("transaction_type", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("amount_minor", Integer64, nullable=False),
        sa.Column("entry_count", Integer64, nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_entry_totals_household_id")
        ),
        sa.PrimaryKeyConstraint(
            "household_id", "transaction_type", "commodity", "month", name=op.f("pk_entry_totals")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "imports",
        sa.Column("import_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("user_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("row_count", Integer64, nullable=False),
        sa.Column("new_count", Integer64, nullable=False),
        sa.Column("duplicate_count", Integer64, nullable=False),
        sa.Column("error_count", Integer64, nullable=False),
        sa.Column("done_count", Integer64, nullable=False),
        sa.Column("first_entry_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("last_entry_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("created_at", Integer64, nullable=False),
        sa.Column("committed_at", Integer64, nullable=True),
        sa.Column("reverted_at", Integer64, nullable=True),
        sa.CheckConstraint(
            "status IN ('reading', 'preview', 'committing', 'committed', 'reverting',"
            " 'reverted', 'failed', 'discarded')",
            name=op.f("ck_imports_status"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_imports_household_id")
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_imports")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "ix_imports_household_id", "imports", ["household_id", "import_id"], unique=False
    )
    op.create_table(
        "memberships",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("user_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'member', 'viewer')", name=op.f("ck_memberships_role")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_memberships_household_id")
        ),
        sa.PrimaryKeyConstraint("household_id", "user_id", name=op.f("pk_memberships")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], unique=False)
    op.create_table(
        "payees",
        sa.Column("payee_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("merged_into_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("created_at", Integer64, nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_payees_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["payees.payee_id"], name=op.f("fk_payees_merged_into_id")
        ),
        sa.PrimaryKeyConstraint("payee_id", name=op.f("pk_payees")),
        sa.UniqueConstraint(
            "household_id", "name_key", name=op.f("uq_payees_household_id_name_key")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "rates",
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("date", CivilDate, nullable=False),
        sa.Column("rate", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.CheckConstraint("source IN ('entered', 'exchange')", name=op.f("ck_rates_source")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_rates_household_id")
        ),
        sa.PrimaryKeyConstraint(
            "household_id", "commodity", "quote", "date", name=op.f("pk_rates")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("user_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.Column("last_seen_at", Integer64, nullable=False),
        sa.Column("expires_at", Integer64, nullable=False),
        sa.Column("revoked_at", Integer64, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sessions")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "tags",
        sa.Column("tag_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_tags_household_id")
        ),
        sa.PrimaryKeyConstraint("tag_id", name=op.f("pk_tags")),
        sa.UniqueConstraint("household_id", "name_key", name=op.f("uq_tags_household_id_name_key")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "trash",
        sa.Column("entry_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("deleted_at", Integer64, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_trash_household_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_trash")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_trash_household_id", "trash", ["household_id", "deleted_at"], unique=False)
    op.create_table(
        "balances",
        sa.Column("account_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("amount_minor", Integer64, nullable=False),
        sa.Column("posting_count", Integer64, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_balances_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "commodity", name=op.f("pk_balances")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        sa.Column("entry_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("household_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("date", CivilDate, nullable=False),
        sa.Column("transaction_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payee_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("import_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("version", Integer64, nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.CheckConstraint(
            "date BETWEEN '1900-01-01' AND '2199-12-31'", name=op.f("ck_entries_date_range")
        ),
        sa.CheckConstraint(
            "status = 'pending' OR status = 'cleared' OR status = 'reconciled'",
            name=op.f("ck_entries_status"),
        ),
        sa.CheckConstraint(
            "transaction_type = 'income' OR transaction_type = 'expense'"
            " OR transaction_type = 'transfer' OR transaction_type = 'opening'",
            name=op.f("ck_entries_transaction_type"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.household_id"], name=op.f("fk_entries_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"], ["payees.payee_id"], name=op.f("fk_entries_payee_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_entries")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index(
        "ix_entries_household_id_date",
        "entries",
        ["household_id", "date", "entry_id"],
        unique=False,
    )
    op.create_index(
        "ix_entries_pending",
        "entries",
        ["household_id", "date"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "import_rows",
        sa.Column("account_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("date", CivilDate, nullable=False),
        sa.Column("digest", Integer64, autoincrement=False, nullable=False),
        sa.Column("entry_id", Integer64, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_import_rows_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "date", "digest", name=op.f("pk_import_rows")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("issued_at", Integer64, nullable=False),
        sa.Column("used_at", Integer64, nullable=True),
        sa.Column("successor_hash", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.session_id"], name=op.f("fk_refresh_tokens_session_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_refresh_tokens")),
        sqlite_strict=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"], unique=False)
    op.create_table(
        "entry_tags",
        sa.Column("entry_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("tag_id", Integer64, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.entry_id"], name=op.f("fk_entry_tags_entry_id")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.tag_id"], name=op.f("fk_entry_tags_tag_id")),
        sa.PrimaryKeyConstraint("entry_id", "tag_id", name=op.f("pk_entry_tags")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_entry_tags_tag_id", "entry_tags", ["tag_id", "entry_id"], unique=False)
    op.create_table(
        "postings",
        sa.Column("entry_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("account_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("date", CivilDate, nullable=False),
        sa.Column("amount_minor", Integer64, nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "amount_minor BETWEEN -999999999999999 AND 999999999999999",
            name=op.f("ck_postings_amount_minor_range"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_postings_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.entry_id"], name=op.f("fk_postings_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", "line", name=op.f("pk_postings")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_postings_account_id_date",
        "postings",
        ["account_id", "date", "amount_minor"],
        unique=False,
    )
    op.create_index(
        "uq_accounts_name",
        "accounts",
        ["household_id", "account_class", sa.text("COALESCE(parent_id, 0)"), "name_key"],
        unique=True,
        sqlite_where=sa.text("merged_into_id IS NULL"),
        postgresql_where=sa.text("merged_into_id IS NULL"),
    )


def downgrade() -> None:
    """Drop every table."""
    op.drop_index("uq_accounts_name", table_name="accounts")
    op.drop_index("ix_postings_account_id_date", table_name="postings")
    op.drop_table("postings")
    op.drop_index("ix_entry_tags_tag_id", table_name="entry_tags")
    op.drop_table("entry_tags")
    op.drop_index("ix_refresh_tokens_session_id", table_name="refresh_tokens")
    op.drop_table("refresh_tokens")
    op.drop_table("import_rows")
    op.drop_index(
        "ix_entries_pending",
        table_name="entries",
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.drop_index("ix_entries_household_id_date", table_name="entries")
    op.drop_table("entries")
    op.drop_table("balances")
    op.drop_index("ix_trash_household_id", table_name="trash")
    op.drop_table("trash")
    op.drop_table("tags")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("rates")
    op.drop_table("payees")
    op.drop_index("ix_memberships_user_id", table_name="memberships")
    op.drop_table("memberships")
    op.drop_index("ix_imports_household_id", table_name="imports")
    op.drop_table("imports")
    op.drop_table("entry_totals")
    op.drop_table("csv_mappings")
    op.drop_index("ix_accounts_parent_id", table_name="accounts")
    op.drop_index("ix_accounts_household_id", table_name="accounts")
    op.drop_table("accounts")
    op.drop_table("users")
    op.drop_table("monthly_summaries")
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("households")
    op.drop_index("ix_events_subject_id", table_name="events")
    op.drop_table("events")
    op.drop_table("event_heads")
    op.drop_table("document_heads")
    op.drop_table("daily_category_spend")
    op.drop_table("balance_history")
