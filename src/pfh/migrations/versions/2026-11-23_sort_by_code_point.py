"""Order names by code point, whatever the server's locale.

Revision: 20261123_sort_by_code_point
After: 20261123_claim_imports
Why: lists had another order on PostgreSQL than on SQLite; see docs/specs/ledger.md.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_sort_by_code_point"
down_revision = "20261123_claim_imports"
branch_labels = None
depends_on = None

TABLES = ("accounts", "payees", "tags")


def upgrade() -> None:
    """Give the sort keys PostgreSQL's collation "C"; SQLite compares bytes anyway."""
    _set_type(sa.Text(collation="C"))


def downgrade() -> None:
    """Go back to the collation of the database; no name changes."""
    _set_type(sa.Text(collation="default"))


def _set_type(kind: sa.Text) -> None:
    if op.get_context().dialect.name == "postgresql":
        for table in TABLES:
            op.alter_column(table, "name_key", type_=kind)
