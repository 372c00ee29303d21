"""The migrations run up, down and up again on both dialects, each whole or not at all."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from pfh.migrations import runner
from pfh.migrations.head import HEAD
from pfh.migrations.metadata import metadata
from pfh.migrations.patience import LockNotGranted
from tests.migrations.databases import add_failing_migration, execute, rows, tables

FILE_NAME = re.compile(r"(\d{4})-(\d{2})-(\d{2})_([a-z0-9]+(?:_[a-z0-9]+)*)\.py")
EXPRESSION_INDEX = "uq_accounts_name"
INDEXES = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE name = 'uq_accounts_name'",
    "postgres": "SELECT indexdef FROM pg_indexes WHERE indexname = 'uq_accounts_name'",
}
PERSON = """
    INSERT INTO households (household_id, name, base_commodity, created_at)
    VALUES (1, 'The Oaks', 'EUR', 1)"""
IMPORT = """
    INSERT INTO imports (import_id, household_id, user_id, file_name, format, status, object_key,
                         settings, findings, row_count, new_count, duplicate_count, error_count,
                         done_count, created_at)
    VALUES (7, 1, 1, 'a.csv', 'csv', 'committing', 'k', '{}', '{}', 1, 1, 0, 0, 1, 1)"""
# SQLite's reflection cannot read an index on an expression; it is looked at below.
pytestmark = pytest.mark.filterwarnings(f"ignore:.*expression-based index.*{EXPRESSION_INDEX}")


def test_runs_up_down_and_up_again_when_the_database_is_empty(url: str) -> None:
    for _ in range(2):
        runner.upgrade(url)
        assert runner.status(url) == runner.Status(HEAD, HEAD, ())
        assert tables(url) == {*metadata.tables, "alembic_version"}
        assert runner.differences(url) == []
        ((index,),) = rows(url, INDEXES)
        assert "COALESCE(parent_id" in index
        runner.rollback(url, "base")
        assert tables(url) == {"alembic_version"}
        assert runner.status(url).current is None
        assert runner.status(url).pending[-1][0] == HEAD


def test_runs_each_migration_down_and_up_alone(url: str) -> None:
    steps = [revision for revision, _ in runner.status(url).pending]
    for revision in steps:
        runner.upgrade(url, revision)
        assert runner.status(url).current == revision
        before = tables(url)
        runner.rollback(url)
        runner.upgrade(url, "+1")
        assert tables(url) == before
    assert runner.differences(url) == []


def test_status_and_upgrade_change_nothing_when_there_is_nothing_to_do(url: str) -> None:
    assert runner.status(url).current is None
    assert tables(url) == set()
    runner.upgrade(url)
    runner.upgrade(url)
    assert runner.status(url).pending == ()


def test_rollback_keeps_the_rows_that_the_older_schema_can_hold(url: str) -> None:
    runner.upgrade(url)
    execute(url, PERSON, IMPORT, "UPDATE imports SET claimed_by = 3, claimed_until = 4")
    runner.rollback(url, "20261123_create_hub")
    assert rows(url, "SELECT file_name, status FROM imports") == [("a.csv", "committing")]
    runner.upgrade(url)
    assert rows(url, "SELECT name FROM households") == [("The Oaks",)]
    assert rows(url, "SELECT file_name, claimed_by FROM imports") == [("a.csv", None)]


def test_leaves_nothing_when_a_migration_fails_in_the_middle(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.upgrade(url)
    execute(url, PERSON)
    before = tables(url)
    scripts = add_failing_migration(runner.SCRIPTS, tmp_path / "scripts")
    monkeypatch.setattr(runner, "SCRIPTS", scripts)
    with pytest.raises(sa.exc.IntegrityError):
        runner.upgrade(url)
    assert runner.status(url).current == HEAD
    assert tables(url) == before
    assert rows(url, "SELECT name FROM households") == [("The Oaks",)]


def test_keeps_the_migrations_before_the_one_that_fails(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = add_failing_migration(runner.SCRIPTS, tmp_path / "scripts")
    monkeypatch.setattr(runner, "SCRIPTS", scripts)
    with pytest.raises(sa.exc.IntegrityError):
        runner.upgrade(url)
    assert runner.status(url).current == HEAD
    assert "half_done" not in tables(url)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_gives_up_and_leaves_nothing_when_the_file_is_locked(url: str) -> None:
    runner.upgrade(url)
    engine = sa.create_engine(url)
    with engine.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            runner.rollback(url)
    engine.dispose()
    assert runner.status(url).current == HEAD


@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_gives_up_and_leaves_nothing_when_a_table_is_locked(url: str) -> None:
    runner.upgrade(url)

    async def hold_and_migrate() -> None:
        holder = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            async with holder.transaction():
                await holder.execute("LOCK TABLE imports IN ACCESS SHARE MODE")
                # Every migration has the limit, not the first alone. The lock is held for ever.
                with pytest.raises(LockNotGranted, match="gave up after 0 s"):
                    await asyncio.to_thread(runner.rollback, url, "base", patience=0)
        finally:
            await holder.close()

    asyncio.run(hold_and_migrate())
    # Those before it are undone, and it is whole.
    assert runner.status(url).current == "20261123_claim_imports"
    assert rows(url, "SELECT claimed_by FROM imports") == []
    runner.upgrade(url)
    assert runner.differences(url) == []


@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_migrates_once_when_several_hubs_start_together(url: str) -> None:
    failures: list[BaseException] = []

    def migrate() -> None:
        try:
            runner.upgrade(url)
        except BaseException as error:  # noqa: BLE001 -- told to the test
            failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert runner.differences(url) == []


def test_refuses_steps_that_could_not_be_tried_again(url: str) -> None:
    runner.upgrade(url)
    with pytest.raises(ValueError, match="name the revision to arrive at"):
        runner.rollback(url, "-2")
    assert runner.status(url).current == HEAD


def test_names_every_file_by_date_and_slug_and_ends_at_the_head() -> None:
    names = sorted(path.name for path in runner.SCRIPTS.glob("*.py"))
    assert names
    revisions = set()
    for name in names:
        parts = FILE_NAME.fullmatch(name)
        assert parts is not None, name
        year, month, day, slug = parts.groups()
        text = (runner.SCRIPTS / name).read_text(encoding="utf-8")
        revision = f"{year}{month}{day}_{slug}"
        assert f'revision = "{revision}"' in text
        assert f"Revision: {revision}\n" in text
        assert "\nWhy: " in text
        # A migration must not change when the code does.
        assert "pfh." not in text
        revisions.add(revision)
    assert HEAD in revisions
