"""Later releases of the hub, as a test makes them up: the tables of today and a migration more."""

from __future__ import annotations

import shutil
from pathlib import Path

from pfh.migrations.head import HEAD
from tests.architecture.tree import ROOT

EXPAND = "29990101_expand"
CONTRACT = "29990102_contract"
TOLD = "29990103_told"
_MIGRATION = '''"""{words}

Why: a test.
"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{after}"
branch_labels = None
depends_on = None
{more}

def upgrade() -> None:
    {up}


def downgrade() -> None:
    {down}
'''
_ADD = 'op.add_column("accounts", sa.Column("colour", sa.Text(), nullable=True))'
_DROP = 'op.drop_column("accounts", "colour")'


# Dropped first, since a try that failed leaves an index that is there and not valid.
CONCURRENT_INDEX = """with op.get_context().autocommit_block():
        op.drop_index(
            "ix_accounts_name", "accounts", if_exists=True, postgresql_concurrently=True
        )
        op.create_index(
            "ix_accounts_name",
            "accounts",
            ["name"],
            if_not_exists=True,
            postgresql_concurrently=True,
        )"""


def add_expand(folder: Path) -> None:
    """Add a migration that programs of today do not notice."""
    text = _MIGRATION.format(
        words="Add a column.", revision=EXPAND, after=HEAD, more="", up=_ADD, down=_DROP
    )
    (folder / "2999-01-01_expand.py").write_text(text, encoding="utf-8")


def add_contract(folder: Path) -> None:
    """Add one that takes away what only programs from before `EXPAND` use."""
    text = _MIGRATION.format(
        words="Drop a column.",
        revision=CONTRACT,
        after=EXPAND,
        more=f'NEEDS_PROGRAM_OF = "{EXPAND}"\n',
        up=_DROP,
        down=_ADD,
    )
    (folder / "2999-01-02_contract.py").write_text(text, encoding="utf-8")


def copy_of(scripts: Path, folder: Path) -> Path:
    """Copy the hub's own migrations into a folder that later ones can be added to; returns it."""
    shutil.copytree(scripts, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def add_migration(folder: Path, *, up: str, after: str = HEAD) -> str:
    """Add a migration that runs `up`, a statement of Python, after `after`; its revision."""
    text = _MIGRATION.format(
        words="Do as told.", revision=TOLD, after=after, more="", up=up, down="pass"
    )
    (folder / "2999-01-03_told.py").write_text(text, encoding="utf-8")
    return TOLD


def release(folder: Path, *, contract: bool = False) -> Path:
    """Copy the program, give it the later migrations, and return the folder for PYTHONPATH."""
    shutil.copytree(
        ROOT / "src" / "pfh", folder / "pfh", ignore=shutil.ignore_patterns("__pycache__")
    )
    versions = folder / "pfh" / "migrations" / "versions"
    add_expand(versions)
    if contract:
        add_contract(versions)
    head = folder / "pfh" / "migrations" / "head.py"
    newest = CONTRACT if contract else EXPAND
    head.write_text(head.read_text(encoding="utf-8").replace(HEAD, newest), encoding="utf-8")
    return folder
