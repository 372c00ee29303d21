"""One leader at a time, on PostgreSQL; its death is noticed by both sides."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest

from pfh.adapters.leadership.postgres import PostgresLeadership, PostgresLease
from pfh.ports.database import DatabaseUnavailable

# It takes a second or two; a busy machine is given more.
SECONDS = 30.0


async def kill_sessions(url: str, work: str) -> int:
    """End the sessions of a kind of work, as a crash of the server's process does."""
    connection = await asyncpg.connect(url)
    killed = await connection.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1",
        f"pfh {work}",
    )
    await connection.close()
    return int(killed)


async def test_leads_alone_until_it_is_released(migrated_postgres_url: str) -> None:
    first, second = (PostgresLeadership(migrated_postgres_url) for _ in range(2))
    lease = await first.try_lead("one")
    assert lease is not None
    assert await lease.confirm()
    assert await second.try_lead("one") is None
    other = await second.try_lead("another")
    assert other is not None, "another kind of work has another leader"
    await lease.release()
    again = await _until_led(second, "one")
    await again.release()
    await other.release()


async def test_server_gives_a_silent_leader_up_within_five_seconds_and_an_idle_one_never(
    migrated_postgres_url: str,
) -> None:
    lease = await PostgresLeadership(migrated_postgres_url).try_lead("one")
    assert lease is not None
    rows = await lease._connection.fetch(
        "SELECT name, setting::int FROM pg_settings WHERE source = 'client'"
        " AND (name LIKE 'tcp%' OR name = 'idle_session_timeout')"
    )
    told: dict[str, int] = {row[0]: row[1] for row in rows}
    silent = told["tcp_keepalives_interval"] * told["tcp_keepalives_count"]
    assert 0 < told["tcp_keepalives_idle"] + silent < 5
    assert 0 < told["tcp_user_timeout"] < 5_000, "milliseconds, while an answer is under way"
    assert told["idle_session_timeout"] == 0
    await lease.release()


async def test_a_standby_leads_within_seconds_when_the_connection_is_killed(
    migrated_postgres_url: str,
) -> None:
    first, second = (PostgresLeadership(migrated_postgres_url) for _ in range(2))
    lease = await first.try_lead("one")
    assert lease is not None
    begun = time.monotonic()
    assert await kill_sessions(migrated_postgres_url, "one") == 1
    assert not await lease.confirm(), "the old leader knows at its next question"
    taken = await _until_led(second, "one")
    assert time.monotonic() - begun < SECONDS
    assert await first.try_lead("one") is None
    await taken.release()
    await lease.release()
    await first.close()


async def test_says_that_nobody_can_tell_when_the_server_is_away() -> None:
    leadership = PostgresLeadership("postgresql://nobody:none@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        await leadership.try_lead("one")


async def _until_led(leadership: PostgresLeadership, work: str) -> PostgresLease:
    async with asyncio.timeout(60):
        while True:
            lease = await leadership.try_lead(work)
            if lease is not None:
                return lease
            await asyncio.sleep(0.02)
