"""Keep outgoing mail in the books until it is sent.

Revision: 20261127_post_mail
After: 20261127_relay_events
Why: a letter belongs to the transaction that causes it; see docs/decisions on the mail outbox.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_post_mail"
down_revision = "20261127_relay_events"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the outbox; it begins empty."""
    op.create_table(
        "mail_outbox",
        sa.Column("mail_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("user_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", Integer64, nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.Column("due_at", Integer64, nullable=False),
        sa.Column("useful_until", Integer64, nullable=True),
        sa.Column("ended_at", Integer64, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state = 'due' OR state = 'sent' OR state = 'dead' OR state = 'void'",
            name=op.f("ck_mail_outbox_state"),
        ),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_mail_outbox")),
        sqlite_strict=True,
    )
    op.create_index("ix_mail_outbox_state_due_at", "mail_outbox", ["state", "due_at"])


def downgrade() -> None:
    """Drop the outbox with every letter that was not sent."""
    op.drop_index("ix_mail_outbox_state_due_at", table_name="mail_outbox")
    op.drop_table("mail_outbox")
