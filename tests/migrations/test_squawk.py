"""The SQL of every migration on PostgreSQL passes squawk, which knows what blocks a busy table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pfh.migrations import runner
from tests.migrations.releases import CONCURRENT_INDEX, add_migration, copy_of

# The oldest server that we support.
SERVER = "15.0"
EXCLUDED = {
    "require-lock-timeout": "the runner sets it for the session, before any migration",
    "require-statement-timeout": (
        "what makes others wait is a lock, which has its limit; statements that keep one while"
        " they read or write a table are refused by the other rules"
    ),
}
COLUMN = 'op.add_column("accounts", sa.Column("colour", sa.Text(), nullable=True))'
# Released before they were checked; a migration that has run somewhere is not changed any more.
RELEASED = {
    ("20261123_create_hub", "prefer-text-field"): "Alembic's own table: its name of a revision",
    ("20261123_create_hub", "prefer-bigint-over-int"): "the number of a posting in its entry",
    ("20261123_sort_by_code_point", "changing-column-type"): (
        "another collation rewrites no rows but three indexes, of tables with some hundred rows"
    ),
}


def complaints(revision: str) -> set[str]:
    """Return the names of the rules that a migration breaks."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("squawk"),
            f"--pg-version={SERVER}",
            f"--exclude={','.join(EXCLUDED)}",
            "--reporter=json",
            f"--stdin-filepath={revision}.sql",
        ],
        input=runner.sql_of(revision),
        capture_output=True,
        text=True,
        check=False,
    )
    found = {str(item["rule_name"]) for item in json.loads(done.stdout)}
    # A fault of the tool must not look like a migration without one.
    assert done.returncode == (1 if found else 0), done.stderr
    return found


def revisions() -> list[str]:
    """Return every migration's revision; a file is named for it, the date with dashes."""
    return [path.stem.replace("-", "") for path in sorted(runner.SCRIPTS.glob("*.py"))]


def test_every_migration_lets_others_go_on_with_their_work() -> None:
    found = {(revision, rule) for revision in revisions() for rule in complaints(revision)}
    # Neither more than what is excused, nor an excuse that nobody needs any more.
    assert found == set(RELEASED)


def test_a_migration_is_one_transaction_unless_it_makes_an_index_beside_others() -> None:
    for revision in revisions():
        sql = runner.sql_of(revision)
        assert sql.startswith("BEGIN;")
        assert sql.rstrip().endswith("COMMIT;")
        assert sql.count("COMMIT;") == 1 or "CONCURRENTLY" in sql
        assert f"'{revision}'" in sql


@pytest.mark.parametrize(
    ("up", "rule"),
    [
        (
            'op.create_index("ix_accounts_name", "accounts", ["name"])',
            "require-concurrent-index-creation",
        ),
        (
            'op.add_column("accounts", sa.Column("colour", sa.Text(), nullable=False))',
            "adding-required-field",
        ),
        (
            'op.alter_column("accounts", "name", nullable=False)',
            "adding-not-nullable-field",
        ),
        (
            'op.create_check_constraint("ck_accounts_name", "accounts", "name <> \'\'")',
            "constraint-missing-not-valid",
        ),
        ('op.drop_column("accounts", "name")', "ban-drop-column"),
        ('op.alter_column("accounts", "name", new_column_name="title")', "renaming-column"),
    ],
)
def test_catches_a_migration_that_stops_others(
    up: str, rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = copy_of(runner.SCRIPTS, tmp_path / "versions")
    revision = add_migration(scripts, up=up)
    monkeypatch.setattr(runner, "SCRIPTS", scripts)
    assert rule in complaints(revision)


@pytest.mark.parametrize("up", [COLUMN, CONCURRENT_INDEX])
def test_lets_pass_what_others_do_not_notice(
    up: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = copy_of(runner.SCRIPTS, tmp_path / "versions")
    revision = add_migration(scripts, up=up)
    monkeypatch.setattr(runner, "SCRIPTS", scripts)
    assert complaints(revision) == set()
