"""A migration that wants a table which others hold: it lets the queue pass, and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from pfh.migrations import runner
from pfh.migrations.head import HEAD
from pfh.migrations.patience import LockNotGranted
from tests.migrations.releases import (
    CONCURRENT_INDEX,
    EXPAND,
    add_expand,
    add_migration,
    copy_of,
)
from tests.waiting import PATIENCE_SECONDS, eventually

WAITS = """
    SELECT count(*) FROM pg_locks
    WHERE relation = 'accounts'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted"""
INDEX_IS_VALID = """
    SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_accounts_name')"""
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("url", ["postgres"], indirect=True),
]


@pytest.fixture(autouse=True)
def later_release(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a database of today, and one migration more that alters `accounts`."""
    runner.upgrade(url)
    scripts = copy_of(runner.SCRIPTS, tmp_path / "versions")
    add_expand(scripts)
    monkeypatch.setattr(runner, "SCRIPTS", scripts)


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(
        url.replace("+asyncpg", ""), server_settings={"application_name": name}
    )
    try:
        yield connection
    finally:
        # Even when the test has failed in the middle of a transaction.
        await connection.close(timeout=PATIENCE_SECONDS)


async def current(url: str) -> str | None:
    return (await asyncio.to_thread(runner.status, url)).current


async def until_it_waits(watcher: asyncpg.Connection[asyncpg.Record]) -> None:
    await eventually(lambda: watcher.fetchval(WAITS), what="the migration's wait")


async def test_others_go_on_while_it_waits_and_it_is_done_when_the_table_is_free(url: str) -> None:
    lines: list[str] = []
    async with connected(url, "long report") as holder, connected(url, "web") as other:
        holder_id = holder.get_server_pid()
        report = holder.transaction()
        await report.start()
        await holder.fetchval("SELECT count(*) FROM accounts")
        migration = asyncio.create_task(
            asyncio.to_thread(runner.upgrade, url, patience=4 * PATIENCE_SECONDS, tell=lines.append)
        )
        for statement in ("SELECT count(*) FROM accounts", "UPDATE accounts SET name = name"):
            # They come while it stands in the queue before them, and the report does not end: that
            # they are answered is that it has left the queue.
            await until_it_waits(other)
            await other.execute(statement, timeout=PATIENCE_SECONDS)
            assert not migration.done()
        await report.rollback()
        await asyncio.wait_for(migration, PATIENCE_SECONDS)
        assert await other.fetchval("SELECT count(colour) FROM accounts") == 0
    assert await current(url) == EXPAND
    assert f"perhaps by process {holder_id} (long report); next try in" in lines[0]


async def test_gives_up_with_nothing_half_done_and_says_who_held_the_table(url: str) -> None:
    lines: list[str] = []
    async with connected(url, "long report") as holder, holder.transaction():
        await holder.fetchval("SELECT count(*) FROM accounts")
        with pytest.raises(LockNotGranted) as refused:
            await asyncio.to_thread(runner.upgrade, url, patience=2, tell=lines.append)
        words = str(refused.value)
        assert f"perhaps by process {holder.get_server_pid()} (long report)" in words
        assert "gave up after 2 s" in words
    assert lines
    assert await current(url) == HEAD
    await asyncio.to_thread(runner.upgrade, url)
    assert await current(url) == EXPAND


async def test_an_index_made_beside_the_work_of_others_is_made_anew_after_a_try_that_failed(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = copy_of(tmp_path / "versions", tmp_path / "with an index")
    revision = add_migration(scripts, up=CONCURRENT_INDEX, after=EXPAND)
    monkeypatch.setattr(runner, "SCRIPTS", scripts)
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def tell(line: str) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    await asyncio.to_thread(runner.upgrade, url, EXPAND)
    async with connected(url, "long report") as holder:
        async with holder.transaction():
            await holder.fetchval("SELECT count(*) FROM accounts")
            # It lets readers be, but waits for the end of who has changed the table.
            await holder.execute("UPDATE accounts SET name = name")
            migration = asyncio.create_task(
                asyncio.to_thread(runner.upgrade, url, patience=4 * PATIENCE_SECONDS, tell=tell)
            )
            await asyncio.wait_for(lines.get(), PATIENCE_SECONDS)
            assert await holder.fetchval(INDEX_IS_VALID) is False
        await asyncio.wait_for(migration, PATIENCE_SECONDS)
        assert await holder.fetchval(INDEX_IS_VALID) is True
    assert await current(url) == revision
