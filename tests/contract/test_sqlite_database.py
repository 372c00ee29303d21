"""The database contract on SQLite, and what only a file with one writer does."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pfh.adapters.database.sqlite import SqliteDatabase, SqliteOptions, open_sqlite
from pfh.ports.database import Connection, DatabaseTimeout, DatabaseUnavailable
from tests.contract.database_contract import DatabaseContract
from tests.contract.database_subject import (
    INSERT,
    Opener,
    account_ids,
    adds,
    create_schema,
)
from tests.waiting import PATIENCE_SECONDS

OPTIONS = SqliteOptions()
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT SUM(i) FROM n"


class ThreadMeeting:
    """Holds a unit on its thread, which may not await."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._resumed = threading.Event()

    async def inside(self) -> None:
        self._reached.set()
        assert self._resumed.wait(PATIENCE_SECONDS), "the test never resumed the unit"

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, PATIENCE_SECONDS), "the unit never came"

    def resume(self) -> None:
        self._resumed.set()


class TestSqliteDatabase(DatabaseContract):
    @pytest.fixture
    def open_database(self, tmp_path: Path) -> Opener:
        async def opener() -> SqliteDatabase:
            return open_sqlite(tmp_path / "hub.sqlite")

        return opener

    def meeting(self) -> ThreadMeeting:
        return ThreadMeeting()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.sqlite"


async def opened(path: Path, options: SqliteOptions = OPTIONS) -> SqliteDatabase:
    database = open_sqlite(path, options)
    await database.write(create_schema)
    return database


async def queued_behind_a_held_writer(
    database: SqliteDatabase, *units: Callable[[Connection], Any]
) -> list[Any]:
    """Run the units as one group: they wait while the writer is held by another."""
    meeting = ThreadMeeting()

    async def hold(_connection: Connection) -> None:
        await meeting.inside()

    tasks = [asyncio.create_task(database.write(hold))]
    await meeting.reached()
    tasks += [asyncio.create_task(database.write(unit)) for unit in units]
    await asyncio.sleep(0)
    meeting.resume()
    return (await asyncio.gather(*tasks, return_exceptions=True))[1:]


async def test_shares_commits_when_units_wait_together(path: Path) -> None:
    database = await opened(path, replace(OPTIONS, group_seconds_max=PATIENCE_SECONDS))
    results = await queued_behind_a_held_writer(database, *(adds(n) for n in range(40)))
    sizes = dict(database.tallies())["group"]
    assert results == [1] * 40
    # One commit made the tables, one held the writer and took all forty along.
    assert (sum(sizes.counts), sizes.total) == (2, 42)
    await database.close()


@pytest.mark.parametrize("mode", ["write", "read"])
async def test_refuses_a_unit_when_it_awaits_something_foreign(path: Path, mode: str) -> None:
    database = await opened(path)

    async def unit(connection: Connection) -> None:
        if mode == "write":
            await connection.execute(INSERT, 1, "a", 0)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="awaits something other than its connection"):
        await getattr(database, mode)(unit)
    assert await account_ids(database) == []
    await database.close()


@pytest.mark.parametrize("word", ["COMMIT", "rollback to unit", " BEGIN", "VACUUM", "END"])
async def test_refuses_a_statement_when_it_controls_the_transaction(path: Path, word: str) -> None:
    database = await opened(path)

    async def unit(connection: Connection) -> None:
        await connection.execute(INSERT, 1, "a", 0)
        await connection.execute(word)

    with pytest.raises(RuntimeError, match="may not control its transaction"):
        await database.write(unit)
    assert await account_ids(database) == []
    await database.close()


@pytest.mark.parametrize("position", [0, 1, 2])
async def test_stores_the_others_when_one_unit_destroys_the_transaction(
    path: Path, position: int
) -> None:
    database = await opened(
        path, replace(OPTIONS, statement_seconds=0.2, group_seconds_max=PATIENCE_SECONDS)
    )

    async def endless(connection: Connection) -> None:
        # SQLite undoes the whole transaction when a writing statement is interrupted.
        await connection.execute(
            "INSERT INTO accounts (id, name) WITH RECURSIVE n (i) AS"
            " (SELECT 1000 UNION ALL SELECT i + 1 FROM n) SELECT i, 'x' || i FROM n"
        )

    units = [adds(1), adds(2)]
    units.insert(position, endless)
    results = await queued_behind_a_held_writer(database, *units)
    assert [one for one in results if one == 1] == [1, 1]
    assert isinstance(results[position], DatabaseTimeout)
    assert await account_ids(database) == [1, 2]
    await database.close()


async def test_says_that_the_disk_is_full_when_the_file_cannot_grow(path: Path) -> None:
    database = await opened(path)

    async def fill(connection: Connection) -> None:
        # The limit stands for a full disk: both are SQLITE_FULL.
        await connection.execute("PRAGMA max_page_count = 20")
        await connection.execute(INSERT, 2, "x" * 200_000, 0)

    results = await queued_behind_a_held_writer(database, adds(1), fill, adds(3))
    assert [results[0], results[2]] == [1, 1]
    assert isinstance(results[1], DatabaseUnavailable)
    assert "full" in str(results[1])
    assert await account_ids(database) == [1, 3]
    await database.close()


async def test_gives_up_when_a_read_exceeds_its_time(path: Path) -> None:
    database = await opened(path, replace(OPTIONS, statement_seconds=0.1))

    async def unit(connection: Connection) -> None:
        await connection.fetch_value(ENDLESS)

    with pytest.raises(DatabaseTimeout, match="a statement took longer"):
        await database.read(unit)
    assert await account_ids(database) == []
    await database.close()


async def test_gives_up_when_another_process_holds_the_lock(path: Path) -> None:
    database = await opened(path, replace(OPTIONS, busy_seconds=0.1))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    results = await asyncio.gather(
        *(database.write(adds(n)) for n in range(5)), return_exceptions=True
    )
    assert {type(one) for one in results} == {DatabaseTimeout}
    other.execute("ROLLBACK")
    other.close()
    assert await database.write(adds(1)) == 1
    await database.close()


async def test_refuses_more_units_when_the_queue_is_full(path: Path) -> None:
    database = await opened(path, replace(OPTIONS, queue_units_max=2))
    results = await queued_behind_a_held_writer(database, adds(1), adds(2), adds(3))
    assert results[:2] == [1, 1]
    assert isinstance(results[2], DatabaseTimeout)
    await database.close()


async def test_gives_up_when_a_unit_waited_too_long(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await opened(path)
    meeting = ThreadMeeting()

    async def hold(_connection: Connection) -> None:
        await meeting.inside()

    holding = asyncio.create_task(database.write(hold))
    await meeting.reached()
    # From here on, so that no other unit of this test can be late on a busy machine.
    monkeypatch.setattr(database._writer, "_options", replace(OPTIONS, queue_seconds=0.05))
    late = asyncio.create_task(database.write(adds(1)))
    await asyncio.sleep(0.1)
    meeting.resume()
    await holding
    with pytest.raises(DatabaseTimeout, match="waited too long"):
        await late
    assert await account_ids(database) == []
    await database.close()


async def test_withdraws_a_unit_when_its_caller_is_cancelled_in_the_queue(path: Path) -> None:
    database = await opened(path)
    meeting = ThreadMeeting()

    async def hold(_connection: Connection) -> None:
        await meeting.inside()

    holding = asyncio.create_task(database.write(hold))
    await meeting.reached()
    withdrawn = asyncio.create_task(database.write(adds(1)))
    await asyncio.sleep(0)
    withdrawn.cancel()
    await asyncio.sleep(0)
    meeting.resume()
    await holding
    assert await account_ids(database) == []
    await database.close()


async def test_answers_and_goes_on_when_the_writer_has_a_bug(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await opened(path)

    def broken(_stored: object) -> None:
        raise LookupError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(database._writer, "_commit", broken)
        with pytest.raises(LookupError):
            await database.write(adds(1))
    assert await database.write(adds(2)) == 1
    assert await account_ids(database) == [2]
    await database.close()


async def test_serves_several_loops_when_threads_share_it(path: Path) -> None:
    database = await opened(path)

    def work(first: int) -> None:
        async def write_all() -> None:
            await asyncio.gather(*(database.write(adds(first + n)) for n in range(50)))

        asyncio.run(write_all())

    await asyncio.gather(*(asyncio.to_thread(work, first) for first in (0, 100, 200)))
    assert len(await account_ids(database)) == 150
    await database.close()


async def test_keeps_working_when_a_loop_closed_before_its_answer(path: Path) -> None:
    database = await opened(path)
    meeting = ThreadMeeting()

    def abandon() -> None:
        async def unit(connection: Connection) -> None:
            await connection.execute(INSERT, 1, "a", 0)
            await meeting.inside()

        async def begin() -> None:
            task = asyncio.create_task(database.write(unit))
            await meeting.reached()
            task.cancel()

        asyncio.run(begin())

    await asyncio.to_thread(abandon)
    meeting.resume()
    assert await database.write(adds(2)) == 1
    assert await account_ids(database) == [1, 2]
    await database.close()


async def test_sets_what_keeps_money_safe_when_it_opens(path: Path) -> None:
    database = await opened(path)

    async def pragmas(connection: Connection) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys", "query_only")
        return [await connection.fetch_value(f"PRAGMA {name}") for name in names]

    assert await database.write(pragmas) == ["wal", 2, 1, 0]
    assert await database.read(pragmas) == ["wal", 2, 1, 1]
    await database.close()


async def test_leaves_one_file_when_closed(path: Path) -> None:
    database = await opened(path)
    await database.write(adds(1))
    await database.close()
    assert [file.name for file in path.parent.iterdir()] == ["hub.sqlite"]


@pytest.mark.parametrize("name", [":memory:", ""])
def test_refuses_a_path_when_it_is_no_file(name: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        open_sqlite(name)


def test_says_why_when_the_file_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        open_sqlite(tmp_path / "absent" / "hub.sqlite")
    (tmp_path / "letter.txt").write_text("Dear bank, " * 200, encoding="utf-8")
    with pytest.raises(DatabaseUnavailable, match="not a SQLite database"):
        open_sqlite(tmp_path / "letter.txt")
