"""Refuse addresses for a while, and hold the books while somebody looks at them.

Revision: 20261127_refuse_addresses
After: 20261127_audit_operators
Why: every process must see both within seconds, whichever of them took the call.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_refuse_addresses"
down_revision = "20261127_audit_operators"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, empty: nothing is refused."""
    op.create_table(
        "address_blocks",
        sa.Column("block_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("cidr", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.Column("expires_at", Integer64, nullable=False),
        sa.PrimaryKeyConstraint("block_id", name=op.f("pk_address_blocks")),
        sa.UniqueConstraint("cidr", name=op.f("uq_address_blocks_cidr")),
        sqlite_strict=True,
    )
    op.create_table(
        "maintenance",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", Integer64, nullable=False),
        sa.Column("expires_at", Integer64, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_maintenance")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Let everybody in, and let them write."""
    op.drop_table("maintenance")
    op.drop_table("address_blocks")
