"""The session port on SQL: alive until the moment it is revoked, and never a moment longer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.sessions.sql import SqlSessions
from pfh.features.identity.api import SignedIn
from pfh.ports.database import Connection, Database, Row, Value
from pfh.ports.sessions import Session
from tests.integration.identity.hub import Hub, make_hub


def expected(signed_in: SignedIn) -> Session:
    return Session(
        session_id=signed_in.session.session_id,
        user_id=signed_in.user.user_id,
        household_id=signed_in.membership.household.household_id,
        household_role="owner",
        role=signed_in.user.role,
        epoch=1,
        expires_at=signed_in.session.expires_at,
    )


async def test_find_returns_the_session_until_it_is_revoked(hub: Hub) -> None:
    first, second = await hub.register(), await hub.sign_in()
    sessions = hub.services.sessions
    for _ in range(2):
        assert await sessions.find(first.session.session_id) == expected(first)
    await sessions.revoke(first.session.session_id)
    assert await sessions.find(first.session.session_id) is None
    assert await sessions.find(second.session.session_id) == expected(second)
    assert await sessions.find(1) is None


async def test_revoke_user_ends_all_of_one_person(hub: Hub) -> None:
    mine = [await hub.register(), await hub.sign_in()]
    other = await hub.register("bob@example.org")
    sessions = hub.services.sessions
    for signed_in in (*mine, other):
        assert await sessions.find(signed_in.session.session_id) is not None
    await sessions.revoke_user(mine[0].user.user_id)
    assert [await sessions.find(one.session.session_id) for one in mine] == [None, None]
    assert await sessions.find(other.session.session_id) == expected(other)


async def test_find_ends_with_the_session_when_its_time_is_over(hub: Hub) -> None:
    signed_in = await hub.register()
    sessions = hub.services.sessions
    assert await sessions.find(signed_in.session.session_id) is not None
    hub.clock.advance(90 * 86_400)
    assert await sessions.find(signed_in.session.session_id) is None


async def test_remember_cannot_revive_when_the_session_was_revoked_meanwhile(hub: Hub) -> None:
    signed_in = await hub.register()
    await hub.services.sessions.revoke(signed_in.session.session_id)
    await hub.services.sessions.remember(expected(signed_in))
    assert await hub.services.sessions.find(signed_in.session.session_id) is None


class SlowReads:
    """A database whose reads answer only when they are let, long after they read."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.has_read = asyncio.Event()
        self.let = asyncio.Event()

    async def look_up(self, sql: str, *arguments: Value) -> Row | None:
        answer = await self._inner.look_up(sql, *arguments)
        self.has_read.set()
        await self.let.wait()
        return answer

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


async def test_a_read_under_way_is_not_kept_when_the_session_is_revoked(hub: Hub) -> None:
    signed_in = await hub.register()
    slow: Any = SlowReads(hub.services.database)
    sessions = SqlSessions(slow, hub.clock, exclusive=True)
    asked_before = asyncio.create_task(sessions.find(signed_in.session.session_id))
    await slow.has_read.wait()
    await sessions.revoke(signed_in.session.session_id)
    slow.let.set()
    await asked_before
    assert await sessions.find(signed_in.session.session_id) is None


async def test_another_process_is_heard_at_once_when_the_adapter_is_not_alone(hub: Hub) -> None:
    signed_in = await hub.register()
    session_id = signed_in.session.session_id
    here, there = (SqlSessions(hub.services.database, hub.clock, exclusive=False) for _ in range(2))
    assert await here.find(session_id) is not None
    await there.revoke(session_id)
    assert await here.find(session_id) is None


async def test_disabled_person_has_no_session_when_it_was_not_kept(hub: Hub) -> None:
    signed_in = await hub.register()

    async def disable(connection: Connection) -> None:
        await connection.execute("UPDATE users SET disabled_at = 1")

    await hub.services.database.write(disable)
    assert await hub.services.sessions.find(signed_in.session.session_id) is None


async def test_kept_sessions_stay_bounded_and_cost_no_read(
    migrated_sqlite_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pfh.adapters.sessions.sql._KEPT_MAX", 2)
    database = open_sqlite(migrated_sqlite_path)
    hub = make_hub(database, tmp_path, exclusive=True)
    people = [await hub.register(), await hub.sign_in(), await hub.sign_in()]
    sessions = SqlSessions(database, SettableClock("2026-11-23T09:00:00Z"), exclusive=True)
    for signed_in in people:
        assert await sessions.find(signed_in.session.session_id) is not None
    assert list(sessions._kept) == [one.session.session_id for one in people[1:]]
    await database.close()
    assert await sessions.find(people[2].session.session_id) is not None
