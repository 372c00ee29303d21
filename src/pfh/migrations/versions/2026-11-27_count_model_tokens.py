"""Count what the language model costs, for all processes together.

Revision: 20261127_count_model_tokens
After: 20261123_sort_by_code_point
Why: a daily budget that each process counted alone would be as many budgets as there are processes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_count_model_tokens"
down_revision = "20261123_sort_by_code_point"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the one table: a row a day."""
    op.create_table(
        "language_model_usage",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("tokens", Integer64, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_language_model_usage"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget what was spent; at most one budget is spent again."""
    op.drop_table("language_model_usage")
