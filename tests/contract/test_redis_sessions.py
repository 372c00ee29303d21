"""The sessions contract on Redis, between processes, and what happens when the server is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.redis.link import RedisLink, RedisOptions
from pfh.adapters.sessions.redis import RedisSessions
from pfh.adapters.sessions.sql import SqlSessions
from pfh.ports.database import Database
from tests.contract.sessions_contract import SessionsContract, signed_in
from tests.servers.redis import RedisProcess, options_of
from tests.waiting import PATIENCE_SECONDS


class Books:
    """Books on SQLite with a clock, as several processes see them."""

    @pytest.fixture
    def clock(self) -> SettableClock:
        return SettableClock()

    @pytest.fixture
    async def database(self, migrated_sqlite_path: Path) -> AsyncIterator[Database]:
        opened = open_sqlite(migrated_sqlite_path)
        yield opened
        await opened.close()


class TestRedisSessions(Books, SessionsContract):
    @pytest.fixture
    async def sessions(
        self, redis_options: RedisOptions, database: Database, clock: SettableClock
    ) -> AsyncIterator[RedisSessions]:
        link = RedisLink(redis_options, "master")
        yield RedisSessions(link, database, clock)
        await link.close()


class TestProcesses(Books):
    async def test_keys_are_those_of_the_runbook(
        self, redis_process: RedisProcess, database: Database, clock: SettableClock
    ) -> None:
        redis_process.start()
        link = RedisLink(options_of(redis_process.url), "master")
        sessions = RedisSessions(link, database, clock)
        one = await signed_in(database, clock, user_id=7)
        await sessions.remember(one)
        with redis_process.client() as client:
            assert client.exists(f"session:user:7:{one.session_id}")
            assert client.smembers("session:user:7") == {str(one.session_id).encode()}
            await sessions.revoke_user(7)
            assert not client.exists(f"session:user:7:{one.session_id}")
            assert not client.exists("session:user:7")
        await link.close()

    async def test_other_process_finds_it_dead_when_revoke_returned(
        self, redis_options: RedisOptions, database: Database, clock: SettableClock
    ) -> None:
        links = [RedisLink(redis_options, "master") for _ in range(2)]
        here, there = (RedisSessions(link, database, clock) for link in links)
        for _ in range(30):
            one = await signed_in(database, clock, user_id=7)
            # Some askers have read the tables just before and store what they read just after.
            asking = [asyncio.create_task(there.find(one.session_id)) for _ in range(4)]
            await here.revoke(one.session_id)
            assert await there.find(one.session_id) is None
            await asyncio.gather(*asking)
            assert await there.find(one.session_id) is None
            assert await here.find(one.session_id) is None
        for link in links:
            await link.close()

    async def test_finds_without_the_tables_and_believes_for_seconds_only(
        self, redis_process: RedisProcess, database: Database, clock: SettableClock
    ) -> None:
        redis_process.start()
        link = RedisLink(options_of(redis_process.url), "master")
        sessions = RedisSessions(link, database, clock, good_seconds=PATIENCE_SECONDS)
        one = await signed_in(database, clock, user_id=7)
        assert await sessions.find(one.session_id) == one
        # As a person at the tables would: the sessions port does not know.
        await SqlSessions(database, clock, exclusive=False).revoke(one.session_id)
        assert await sessions.find(one.session_id) == one
        with redis_process.client() as client:
            left = client.pttl(f"session:user:7:{one.session_id}")
        assert 0 < left <= PATIENCE_SECONDS * 1000
        await link.close()

    async def test_sessions_survive_a_flush_and_ended_ones_stay_dead(
        self, redis_process: RedisProcess, database: Database, clock: SettableClock
    ) -> None:
        redis_process.start()
        link = RedisLink(options_of(redis_process.url), "master")
        sessions = RedisSessions(link, database, clock)
        alive, dead = [await signed_in(database, clock, user_id=7) for _ in range(2)]
        await sessions.revoke(dead.session_id)
        with redis_process.client() as client:
            client.flushall()
        assert await sessions.find(alive.session_id) == alive
        assert await sessions.find(dead.session_id) is None
        await link.close()

    async def test_session_that_ended_while_redis_was_down_is_dead_when_it_is_back(
        self, redis_process: RedisProcess, database: Database, clock: SettableClock
    ) -> None:
        redis_process.start()
        link = RedisLink(options_of(redis_process.url), "master")
        sessions = RedisSessions(link, database, clock, good_seconds=0.5)
        one, other = [await signed_in(database, clock, user_id=7) for _ in range(2)]
        assert await sessions.find(one.session_id) == one
        redis_process.stop()
        assert await sessions.find(other.session_id) == other
        begun = time.monotonic()
        await sessions.revoke(one.session_id)
        assert 0.5 <= time.monotonic() - begun < PATIENCE_SECONDS
        assert await sessions.find(one.session_id) is None
        # Its file of commands still has the session, but its time ran out on the way.
        redis_process.start()
        assert await link.run("test", lambda client: client.ping(), insist=True)
        assert await sessions.find(one.session_id) is None
        assert await sessions.find(other.session_id) == other
        await link.close()
