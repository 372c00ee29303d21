"""Count how often people were not let in, for all processes together.

Revision: 20261127_count_refusals
After: 20261127_link_read_models
Why: whether somebody guesses passwords is one number for the whole installation; each process knows
only what came to itself, and forgets it when it stops.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_count_refusals"
down_revision = "20261127_link_read_models"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the one table: a row for each five minutes, outcome and reason."""
    op.create_table(
        "sign_in_refusals",
        sa.Column("began_at", Integer64, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("count", Integer64, nullable=False),
        sa.PrimaryKeyConstraint("began_at", "event", "reason", name="pk_sign_in_refusals"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget the counts; the log has each refusal."""
    op.drop_table("sign_in_refusals")
