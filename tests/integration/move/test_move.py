"""`pfh move` there and back: everything arrives, nothing else is touched, equality is proven."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pfh.adapters.bulk.postgres_writer import PostgresBulkWriter
from pfh.adapters.bulk.sqlite import SqliteBulkWriter
from pfh.adapters.database.data_directory import hold_data_directory
from pfh.entry.cli.main import build_app
from pfh.entry.cli.stack.local_process import free_port
from pfh.entry.web.app import create_app
from pfh.features.identity.api import authenticate
from pfh.migrations.head import HEAD
from pfh.migrations.metadata import metadata
from pfh.ports.bulk import MOVING, BooksInUse, BulkRow, TableShape
from pfh.ports.database import DatabaseUnavailable
from pfh.runtime.lifespan import running_consumers
from pfh.runtime.move.sides import BooksMissing, MovedElsewhere, TargetHasBooks, TargetIsSource
from pfh.runtime.move.tables import LEFT_OUT, moved_tables
from pfh.runtime.services import open_services
from tests.integration.hostile.house import client_of, open_house
from tests.integration.identity.hub import caller
from tests.integration.move.rich_books import (
    change,
    content_of,
    environment_file,
    is_empty,
    moved,
    postgres_environment,
    postgres_settings,
    revision_of,
    rows_of,
    run_pfh,
    sqlite_settings,
)

_COPY_A_MAPPING = """
    INSERT INTO csv_mappings (household_id, fingerprint, mapping, created_at)
    SELECT household_id, 'zz', mapping, created_at FROM csv_mappings LIMIT 1"""
Databases = Callable[[], str]


async def test_every_table_is_moved_or_left_out_for_a_reason(rich: Path) -> None:
    moved_names = {table.name for table in moved_tables()}
    assert moved_names | set(LEFT_OUT) == set(metadata.tables)
    assert not moved_names & set(LEFT_OUT)
    # A new table needs a row in the rich books, or the tests below would prove nothing of it.
    assert is_empty(await rows_of(sqlite_settings(rich))) == []


async def test_rich_books_go_to_postgres_and_back(
    rich: Path, tmp_path: Path, new_database: Databases
) -> None:
    source = sqlite_settings(rich)
    rows, content = await rows_of(source), content_of(rich)
    cluster = postgres_settings(tmp_path / "cluster", new_database())
    there = await moved(source, cluster)
    assert there.faults == []
    assert there.rows == sum(map(len, rows.values()))
    assert content_of(rich) == content
    assert await rows_of(cluster) == rows
    assert await revision_of(cluster) == HEAD

    cluster_files = {path.name for path in (tmp_path / "cluster" / "objects").rglob("*.*")}
    back = sqlite_settings(tmp_path / "back")
    assert (await moved(cluster, back)).faults == []
    assert await rows_of(back) == rows == await rows_of(cluster)
    assert {path.name for path in (tmp_path / "back" / "objects").rglob("*.*")} == cluster_files
    found = content_of(tmp_path / "back")
    objects = {name for name in content if name.startswith("objects")}
    assert objects
    assert {name: found[name] for name in objects} == {name: content[name] for name in objects}
    assert found["secret.key"] == content["secret.key"]
    assert (await moved(cluster, back, only_compare=True)).faults == []


async def test_life_goes_on_at_the_target(
    rich_house_token: tuple[Path, str, str], tmp_path: Path, new_database: Databases
) -> None:
    folder, token, waiting = rich_house_token
    url = new_database()
    cluster = postgres_settings(tmp_path / "cluster", url)
    assert (await moved(sqlite_settings(folder), cluster)).faults == []
    async with open_services(cluster) as services:
        actor = await authenticate(token, services, caller())
        assert actor.household_id
        app = create_app(services, cluster)
        async with running_consumers(services), client_of(app) as client:
            # The file of the open import came along, and the counter of events goes on.
            headers = {"authorization": f"Bearer {token}"}
            path = f"/api/imports/{waiting}"
            answer = await client.post(f"{path}/commit", headers=headers)
            for _ in range(600):
                if answer.json().get("status") == "committed":
                    break
                await asyncio.sleep(0.05)
                answer = await client.get(path, headers=headers)
            assert answer.json()["status"] == "committed", answer.text
    verified = run_pfh(postgres_environment(tmp_path / "cluster", url), "verify")
    assert verified.returncode == 0, verified.stdout


@pytest.fixture
async def rich_house_token(tmp_path: Path, migrated_sqlite_path: Path) -> tuple[Path, str, str]:
    """Return a data folder, the access token of somebody in it, and an import that waits."""
    folder = _folder_with(migrated_sqlite_path, tmp_path / "lived-in")
    async with open_house(folder) as house:
        ann = house.ann
        preview = await ann.upload(b"Date,Amount,Payee\n2026-10-01,-5.00,Kiosk\n")
        return folder, ann.token, str(preview["id"])


def _folder_with(file: Path, folder: Path) -> Path:
    folder.mkdir()
    file.rename(folder / "pfh.sqlite")
    return folder


class TestRefusals:
    async def test_target_with_books_is_left_as_it_is(
        self, rich: Path, tmp_path: Path, new_database: Databases, migrated_sqlite_path: Path
    ) -> None:
        other = _folder_with(migrated_sqlite_path, tmp_path / "other")
        async with open_house(other):
            pass
        before = content_of(other)
        with pytest.raises(TargetHasBooks, match="has rows"):
            await moved(sqlite_settings(rich), sqlite_settings(other))
        assert content_of(other) == before
        cluster = postgres_settings(tmp_path / "cluster", new_database())
        await moved(sqlite_settings(other), cluster)
        rows = await rows_of(cluster)
        with pytest.raises(TargetHasBooks):
            await moved(sqlite_settings(rich), cluster)
        assert await rows_of(cluster) == rows

    async def test_running_hub_is_stopped_first(
        self, rich: Path, tmp_path: Path, new_database: Databases
    ) -> None:
        cluster = postgres_settings(tmp_path / "cluster", new_database())
        with hold_data_directory(rich), pytest.raises(BooksInUse, match="Another hub"):
            await moved(sqlite_settings(rich), cluster)
        await moved(sqlite_settings(rich), cluster)
        async with open_services(cluster):
            with pytest.raises(BooksInUse, match="of a hub are open"):
                await moved(cluster, sqlite_settings(tmp_path / "back"))
        assert not (tmp_path / "back" / "pfh.sqlite").exists()

    async def test_both_sides_must_be_two_and_the_source_must_be_there(
        self, rich: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(TargetIsSource):
            await moved(sqlite_settings(rich), sqlite_settings(rich))
        with pytest.raises(BooksMissing):
            await moved(sqlite_settings(tmp_path / "nothing"), sqlite_settings(tmp_path / "new"))
        assert not (tmp_path / "new").exists()


class TestDifferences:
    async def test_row_that_was_changed_on_the_way_is_named_and_the_target_not_served(
        self,
        rich: Path,
        tmp_path: Path,
        new_database: Databases,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        append = PostgresBulkWriter.append

        async def careless(
            self: PostgresBulkWriter, table: TableShape, rows: list[BulkRow], mark: str
        ) -> None:
            if table.name == "postings":
                place = table.columns.index("amount_minor")
                row = list(rows[3])
                row[place] = int(row[place] or 0) + 1
                rows = [*rows[:3], tuple(row), *rows[4:]]
            await append(self, table, rows, mark)

        cluster = postgres_settings(tmp_path / "cluster", new_database())
        with monkeypatch.context() as patched:
            patched.setattr(PostgresBulkWriter, "append", careless)
            found = await moved(sqlite_settings(rich), cluster)
        faults = "\n".join(found.faults)
        assert "postings: the row entry_id=" in faults
        assert "amount_minor is" in faults
        assert "Σ of postings in" in faults
        assert await revision_of(cluster) == MOVING
        # The same command finds it again; begun again, it is right.
        assert (await moved(sqlite_settings(rich), cluster)).faults
        assert (await moved(sqlite_settings(rich), cluster, begin_again=True)).faults == []
        assert await revision_of(cluster) == HEAD

    async def test_finished_move_is_compared_again(
        self, rich: Path, tmp_path: Path, new_database: Databases
    ) -> None:
        url = new_database()
        cluster = postgres_settings(tmp_path / "cluster", url)
        await moved(sqlite_settings(rich), cluster)
        rows = await rows_of(cluster)
        entry, deleted = rows["entries"][5][0], rows["trash"][0][0]
        for sql in (
            f"UPDATE entries SET notes = 'not mine' WHERE entry_id = {entry}",
            f"DELETE FROM trash WHERE entry_id = {deleted}",
            _COPY_A_MAPPING,
        ):
            assert await change(cluster, sql) == 1
        target = environment_file(
            tmp_path / "cluster.env", postgres_environment(tmp_path / "cluster", url)
        )
        arguments = ("move", "--to", "postgres", "--to-env", str(target), "--only-compare")
        told = run_pfh({"PFH_DATA_DIR": str(rich)}, *arguments)
        assert told.returncode == 1, told.stdout + told.stderr
        assert f"entries: the row entry_id={entry} differs: notes is not the same" in told.stderr
        assert f"trash: the row entry_id={deleted} is missing at the target" in told.stderr
        assert "fingerprint=zz is not at the source" in told.stderr
        assert "DIFFERENT" in told.stdout
        assert "not mine" not in told.stderr + told.stdout


async def test_other_books_do_not_go_on_with_a_cut_off_move(
    rich: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_database: Databases
) -> None:
    url = new_database()
    cluster = postgres_settings(tmp_path / "cluster", url)

    async def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(PostgresBulkWriter, "seal", cut_off)
        with pytest.raises(KeyboardInterrupt):
            await moved(sqlite_settings(rich), cluster)
    await change(sqlite_settings(rich), "UPDATE event_heads SET household_seq = household_seq + 1")
    with pytest.raises(MovedElsewhere):
        await moved(sqlite_settings(rich), cluster)
    environment = postgres_environment(tmp_path / "cluster", url)
    # Before these look: each would make a target without a key a new one.
    assert (tmp_path / "cluster" / "secret.key").read_text() == (rich / "secret.key").read_text()
    for command in ("migrate", "verify"):
        told = run_pfh(environment, command)
        assert (told.returncode, "cut off" in told.stderr) == (1, True), told.stderr


def test_command_says_which_side_cannot_be_reached(rich: Path, tmp_path: Path) -> None:
    port = free_port()
    url = f"postgresql://hub:correct-horse@127.0.0.1:{port}/hub"
    target = environment_file(tmp_path / "c.env", postgres_environment(tmp_path / "cluster", url))
    told = run_pfh({"PFH_DATA_DIR": str(rich)}, "move", "--to", "postgres", "--to-env", str(target))
    place = f"PostgreSQL, 127.0.0.1:{port}/hub"
    assert told.returncode == 3
    assert told.stderr == f"pfh: {place}: the connection to the server failed: ECONNREFUSED\n"


def test_command_goes_on_after_the_target_was_away(
    rich: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def away(*_: object) -> None:
        raise DatabaseUnavailable("the disk of the data directory is full")

    monkeypatch.setenv("PFH_DATA_DIR", str(rich))
    command = ["move", "--to", "sqlite", "--to-data-dir", str(tmp_path / "target")]
    with monkeypatch.context() as patched:
        patched.setattr(SqliteBulkWriter, "append", away)
        told = CliRunner().invoke(build_app(), command)
    assert told.exit_code == 3
    said = told.output + capfd.readouterr().err
    assert "pfh: the disk of the data directory is full\npfh: the move was cut off: run" in said
    assert "closing of asynchronous generator" not in said
    assert CliRunner().invoke(build_app(), command).exit_code == 0


def test_command_moves_and_tells_no_secret(
    rich: Path, tmp_path: Path, new_database: Databases
) -> None:
    url = new_database()
    environment = postgres_environment(tmp_path / "cluster", url)
    target = environment_file(tmp_path / "cluster.env", environment)
    told = run_pfh({"PFH_DATA_DIR": str(rich)}, "move", "--to", "postgres", "--to-env", str(target))
    assert told.returncode == 0, told.stdout + told.stderr
    assert environment["POSTGRES_PASSWORD"] not in told.stdout + told.stderr
    assert "Both sides are equal" in " ".join(told.stdout.split())
    back = ("move", "--to", "sqlite", "--to-data-dir", str(tmp_path / "back"))
    told = run_pfh(environment, *back)
    assert told.returncode == 0, told.stdout + told.stderr
    again = run_pfh(environment, *back)
    assert (again.returncode, "has books already" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--to", "mysql"), "say postgres or sqlite"),
        (("--to", "postgres"), "--to-env FILE"),
        (("--to", "sqlite"), "--to-data-dir FOLDER"),
        (("--to", "postgres", "--to-data-dir", "x"), "is for --to sqlite"),
        (("--to", "postgres", "--to-env", "absent.env"), "absent.env: the file cannot be read"),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    told = run_pfh({"PFH_DATA_DIR": str(tmp_path)}, "move", *arguments)
    assert told.returncode == 2
    assert words in told.stderr
