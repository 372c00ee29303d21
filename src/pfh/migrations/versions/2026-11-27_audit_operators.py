"""Keep what operators do, in rows that nobody changes.

Revision: 20261127_audit_operators
After: 20261127_remember_revisions
Why: an act of an administrator must be found later, by whom and from where; see decision 0025.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_audit_operators"
down_revision = "20261127_remember_revisions"
branch_labels = None
depends_on = None

Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIXED = ("audit_id", "occurred_at", "actor", "action", "target", "address", "correlation_id")
_MESSAGE = "rows of audit_log are never changed"


def upgrade() -> None:
    """Create the table and the triggers that keep it."""
    op.create_table(
        "audit_log",
        sa.Column("audit_id", Integer64, autoincrement=False, nullable=False),
        sa.Column("occurred_at", Integer64, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_log")),
        sqlite_strict=True,
    )
    if op.get_context().dialect.name == "postgresql":
        _keep_on_postgres()
    else:
        _keep_on_sqlite()


def downgrade() -> None:
    """Forget what operators did."""
    op.drop_table("audit_log")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_is_kept()")


def _keep_on_postgres() -> None:
    same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _FIXED)
    op.execute(
        "CREATE FUNCTION audit_log_is_kept() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN"
        f" IF TG_OP = 'UPDATE' THEN IF OLD.outcome IS NULL AND {same} THEN RETURN NEW; END IF;"
        f" END IF; RAISE EXCEPTION '{_MESSAGE}'; END $body$"
    )
    op.execute(
        "CREATE TRIGGER audit_log_rows_are_kept BEFORE UPDATE OR DELETE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION audit_log_is_kept()"
    )
    op.execute(
        "CREATE TRIGGER audit_log_is_kept BEFORE TRUNCATE ON audit_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_kept()"
    )


def _keep_on_sqlite() -> None:
    other = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _FIXED)
    op.execute(
        "CREATE TRIGGER audit_log_rows_are_kept BEFORE UPDATE ON audit_log"
        f" WHEN OLD.outcome IS NOT NULL OR {other}"
        f" BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_log_is_kept BEFORE DELETE ON audit_log"
        f" BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    )
