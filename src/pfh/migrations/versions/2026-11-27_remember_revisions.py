"""Remember which migrations were applied, and how old a program may be that uses the books.

Revision: 20261127_remember_revisions
After: 20261127_record_backups
Why: while a new version is rolled out, the old one runs on tables that are newer than it knows;
it must go on when they are compatible and stop when they are not. `env.py` keeps the rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_remember_revisions"
down_revision = "20261127_record_backups"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; what was applied before is written by `env.py` right after."""
    op.create_table(
        "schema_revisions",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("ordinal", Integer64, nullable=False),
        sa.Column("oldest_ordinal", Integer64, nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_schema_revisions")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop it: programs then demand exactly their own revision."""
    op.drop_table("schema_revisions")
