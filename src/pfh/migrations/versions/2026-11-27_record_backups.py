"""Remember every backup and every drill.

Revision: 20261127_record_backups
After: 20261127_prove_addresses
Why: any process tells when the last backup succeeded, and a drill leaves a record.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_record_backups"
down_revision = "20261127_prove_addresses"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the one table."""
    op.create_table(
        "backup_records",
        sa.Column("record_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", Integer64, nullable=False),
        sa.Column("ended_at", Integer64, nullable=True),
        sa.Column("backup", sa.Text(), nullable=False),
        sa.Column("taken_at", Integer64, nullable=True),
        sa.Column("length", Integer64, nullable=True),
        sa.Column("entries", Integer64, nullable=True),
        sa.Column("rpo", Integer64, nullable=True),
        sa.Column("rto", Integer64, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("kind = 'backup' OR kind = 'drill'", name="ck_backup_records_kind"),
        sa.CheckConstraint(
            "state = 'running' OR state = 'done' OR state = 'failed'",
            name="ck_backup_records_state",
        ),
        sa.PrimaryKeyConstraint("record_id", name="pk_backup_records"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_backup_records_kind_state_started_at",
        "backup_records",
        ["kind", "state", "started_at"],
    )


def downgrade() -> None:
    """Forget the records; the backups stay where they are."""
    op.drop_table("backup_records")
