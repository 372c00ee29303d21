"""A program beside a newer one goes on with books that only gained, and stops when they lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pfh.migrations import runner
from pfh.migrations.head import HEAD
from pfh.ports.database import Database
from pfh.runtime.schema import is_current
from tests.migrations.databases import execute, in_database, rows
from tests.migrations.releases import CONTRACT, EXPAND, add_contract, add_expand

LINEAGE = "SELECT revision FROM schema_revisions ORDER BY ordinal"


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a later release's migrations, which the runner takes."""
    folder = tmp_path / "versions"
    shutil.copytree(runner.SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    add_expand(folder)
    add_contract(folder)
    monkeypatch.setattr(runner, "SCRIPTS", folder)
    return folder


def works(url: str) -> bool:
    async def ask(database: Database) -> bool:
        return await is_current(database)

    return in_database(url, ask)


def test_program_works_with_later_books_until_they_lose_what_it_uses(
    url: str, scripts: Path
) -> None:
    runner.upgrade(url, HEAD)
    assert works(url)
    runner.upgrade(url, EXPAND)
    assert works(url)
    runner.upgrade(url, CONTRACT)
    assert not works(url)
    runner.rollback(url)
    assert works(url)
    runner.rollback(url)
    assert works(url)
    runner.rollback(url)
    assert not works(url)


def test_lineage_is_that_of_the_migrations(url: str, scripts: Path) -> None:
    runner.upgrade(url)
    newest = [name for (name,) in rows(url, LINEAGE)]
    assert newest[-3:] == [HEAD, EXPAND, CONTRACT]
    assert len(newest) == len(list(scripts.glob("*.py")))
    runner.rollback(url)
    assert [name for (name,) in rows(url, LINEAGE)] == newest[:-1]


@pytest.mark.parametrize("found", ["moving", "29991231_unknown"])
def test_books_of_an_unknown_revision_are_left_alone(url: str, found: str) -> None:
    runner.upgrade(url)
    execute(url, f"UPDATE alembic_version SET version_num = '{found}'")
    assert not works(url)
