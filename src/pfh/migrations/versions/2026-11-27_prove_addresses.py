"""Let people prove their address and choose a new password by mail.

Revision: 20261127_prove_addresses
After: 20261127_post_mail
Why: a code is kept as a hash, for one use; who signed up before has not proven their address yet.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_prove_addresses"
down_revision = "20261127_post_mail"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what is known of a person's address and language, and the codes."""
    op.add_column("users", sa.Column("email_verified_at", Integer64, nullable=True))
    op.add_column("users", sa.Column("language", sa.Text(), nullable=True))
    op.create_table(
        "link_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", Integer64, autoincrement=False, nullable=True),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.Column("expires_at", Integer64, nullable=False),
        sa.Column("used_at", Integer64, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_link_codes_user_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_link_codes")),
        sqlite_strict=True,
    )
    op.create_index("ix_link_codes_user_id", "link_codes", ["user_id"])
    op.create_index("ix_link_codes_expires_at", "link_codes", ["expires_at"])


def downgrade() -> None:
    """Forget the codes, and who has proven what."""
    op.drop_index("ix_link_codes_expires_at", table_name="link_codes")
    op.drop_index("ix_link_codes_user_id", table_name="link_codes")
    op.drop_table("link_codes")
    op.drop_column("users", "language")
    op.drop_column("users", "email_verified_at")
