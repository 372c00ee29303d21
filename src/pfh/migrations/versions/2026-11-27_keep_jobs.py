"""Keep the jobs that operators start, with their progress.

Revision: 20261127_keep_jobs
After: 20261127_refuse_addresses
Why: one job of a kind runs in the whole installation, and any process can tell how far it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_keep_jobs"
down_revision = "20261127_refuse_addresses"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "admin_jobs",
        sa.Column("job_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("patterns", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("total", Integer64, nullable=False),
        sa.Column("done", Integer64, nullable=False),
        sa.Column("failed", Integer64, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("started_at", Integer64, nullable=False),
        sa.Column("alive_at", Integer64, nullable=False),
        sa.Column("ended_at", Integer64, nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'done', 'failed', 'lost')", name=op.f("ck_admin_jobs_status")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_admin_jobs")),
        sa.UniqueConstraint("slot", name=op.f("uq_admin_jobs_slot")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget the jobs; one that runs ends by itself."""
    op.drop_table("admin_jobs")
