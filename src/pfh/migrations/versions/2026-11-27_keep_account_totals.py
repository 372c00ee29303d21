"""Keep what the list of an account sums to, by month.

Revision: 20261127_keep_account_totals
After: 20261127_count_refusals
Why: the totals of a bank account of a million entries took half a second. The table begins empty,
which is safe beside programs of before: sums that disagree with the balance of their account are
not told but counted, and housekeeping counts them anew, an account at a time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_keep_account_totals"
down_revision = "20261127_count_refusals"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "account_totals",
        sa.Column("account_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("transaction_type", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("amount_minor", Integer64, nullable=False),
        sa.Column("entry_count", Integer64, nullable=False),
        sa.Column("balance_minor", Integer64, nullable=False),
        sa.Column("posting_count", Integer64, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.account_id"],
            name=op.f("fk_account_totals_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "transaction_type", "commodity", "month", name=op.f("pk_account_totals")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the sums; lists count again."""
    op.drop_table("account_totals")
