"""`pfh ops connections`, `slow-queries` and `kill` on a real PostgreSQL: the hub's own alone."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from pfh.adapters.database.postgres_activity import (
    _ORDERS,
    _SLOW,
    Chosen,
    PostgresActivity,
    StatementsMissing,
)
from pfh.entry.cli.ops.postgres import _Killing
from tests.waiting import eventually

pytestmark = pytest.mark.postgres


async def connected(url: str, name: str) -> asyncpg.Connection:
    return await asyncpg.connect(url, server_settings={"application_name": name})


async def test_shows_connections_limits_and_who_waits(migrated_postgres_url: str) -> None:
    activity = PostgresActivity(migrated_postgres_url)
    holder = await connected(migrated_postgres_url, "pfh")
    waiter = await connected(migrated_postgres_url, "pfh")
    try:
        await holder.execute("BEGIN; LOCK TABLE maintenance")
        waiting = asyncio.create_task(waiter.fetch("SELECT * FROM maintenance"))

        # Tests on other databases of the server may make somebody wait as well.
        async def waits() -> list[dict[str, Any]]:
            return [
                one for one in await activity.blocked() if one["pid"] == waiter.get_server_pid()
            ]

        await eventually(waits)
        [blocked] = await waits()
        assert str(holder.get_server_pid()) in blocked["blocked_by"]
        groups = {(one["application"], one["state"]) for one in await activity.connections()}
        assert ("pfh", "idle in transaction") in groups
        most, kept, used = await activity.limits()
        assert most > used > 0
        assert kept >= 0
        await holder.execute("ROLLBACK")
        await waiting
    finally:
        holder.terminate()
        waiter.terminate()


async def test_ends_what_is_the_hubs_and_nothing_else(migrated_postgres_url: str) -> None:
    activity = PostgresActivity(migrated_postgres_url)
    ours = await connected(migrated_postgres_url, "pfh")
    others = [await connected(migrated_postgres_url, name) for name in ("psql", "pfh-migrate")]
    running = [asyncio.create_task(one.execute("SELECT pg_sleep(300)")) for one in (ours, *others)]
    try:
        await eventually(lambda: activity.chosen(Chosen()))
        found = await activity.chosen(Chosen())
        assert [one["pid"] for one in found] == [ours.get_server_pid()]
        assert await activity.chosen(Chosen(older_than_seconds=3600)) == []
        foreign = [await activity.chosen(Chosen(pid=one.get_server_pid())) for one in others]
        assert foreign == [[], []]
        # What it did when it was looked at is what is ended: not its next query.
        assert not await activity.end({**found[0], "asked": "long ago"}, terminate=True)
        killing = _Killing(activity, Chosen(), found, terminate=False)
        assert [one["result"] for one in await killing.done()] == ["ended"]
        with pytest.raises(asyncpg.QueryCanceledError):
            await running[0]
        assert not ours.is_closed()
        assert not any(task.done() for task in running[1:])
    finally:
        for one in (ours, *others):
            one.terminate()
        await asyncio.gather(*running, return_exceptions=True)


async def test_idle_transaction_is_ended_only_when_that_is_said(migrated_postgres_url: str) -> None:
    activity = PostgresActivity(migrated_postgres_url)
    ours = await connected(migrated_postgres_url, "pfh")
    idle = Chosen(idle_in_transaction=True)
    try:
        await ours.execute("BEGIN")
        await eventually(lambda: activity.chosen(idle))
        found = await activity.chosen(idle)
        assert [one["pid"] for one in found] == [ours.get_server_pid()]
        ended = await _Killing(activity, idle, found, terminate=True).done()
        assert [one["result"] for one in ended] == ["ended"]
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await ours.execute("SELECT 1")
    finally:
        ours.terminate()


async def test_says_which_step_of_the_statistics_is_missing(migrated_postgres_url: str) -> None:
    with pytest.raises(StatementsMissing, match=r"shared_preload_libraries|CREATE EXTENSION"):
        await PostgresActivity(migrated_postgres_url).slow_queries(order="mean", limit=5)


@pytest.mark.parametrize("order", ["mean", "total", "max"])
async def test_columns_of_the_statistics_are_those_of_this_server(
    migrated_postgres_url: str, order: str
) -> None:
    connection = await asyncpg.connect(migrated_postgres_url)
    try:
        # Planning needs the view alone; reading it, a server that has loaded the library.
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await connection.prepare(_SLOW.format(order=_ORDERS[order]))
    except (asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError):
        pytest.skip("this PostgreSQL has no pg_stat_statements to install")
    finally:
        await connection.close()
