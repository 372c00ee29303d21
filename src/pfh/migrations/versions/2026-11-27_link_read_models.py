"""Let the head of a read model name the event itself, not its number alone.

Revision: 20261127_link_read_models
After: 20261127_keep_jobs
Why: books that were restored, or a replica that was promoted too early, give a number to another
event; by its hash a read model of the other history is found and made again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_link_read_models"
down_revision = "20261127_keep_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the hash, empty: no event has it, so consumers make each read model again once."""
    empty = "x''" if op.get_bind().dialect.name == "sqlite" else "''"
    op.add_column(
        "document_heads",
        sa.Column("hash", sa.LargeBinary(), server_default=sa.text(empty), nullable=False),
    )


def downgrade() -> None:
    """Go back to numbers alone."""
    with op.batch_alter_table("document_heads") as table:
        table.drop_column("hash")
