"""Let one process at a time work on an import.

Revision: 20261123_claim_imports
After: 20261123_create_hub
Why: two hubs on one database took up the same import; see docs/specs/import-matching.md §4.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_claim_imports"
down_revision = "20261123_create_hub"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add who works on an import and until when; nobody does at this moment."""
    op.add_column("imports", sa.Column("claimed_by", Integer64, nullable=True))
    op.add_column("imports", sa.Column("claimed_until", Integer64, nullable=True))


def downgrade() -> None:
    """Forget the claims; the imports stay."""
    op.drop_column("imports", "claimed_until")
    op.drop_column("imports", "claimed_by")
