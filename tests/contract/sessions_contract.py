"""What every keeper of sessions does, whatever answers the question on each request."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.ports.database import Connection, Database
from pfh.ports.sessions import Session, Sessions
from tests.waiting import comes

HOUR = 3_600_000_000
_USER = """
    INSERT INTO users (user_id, email, email_key, password_hash, first_name, last_name, role, epoch,
                       terms_accepted_at, created_at)
    VALUES ($1, $2, $2, 'x', 'Ann', 'Oak', 'user', 1, 0, 0)"""
_HOUSEHOLD = """
    INSERT INTO households (household_id, name, base_commodity, created_at)
    VALUES ($1, 'Oak', 'EUR', 0)"""
_MEMBER = """
    INSERT INTO memberships (household_id, user_id, role, created_at)
    VALUES ($1, $2, 'owner', 0)"""
_SESSION = """
    INSERT INTO sessions (session_id, user_id, household_id, user_agent, address, created_at,
                          last_seen_at, expires_at)
    VALUES ($1, $2, $3, 'test', '127.0.0.1', 0, 0, $4)"""


class SessionsContract(ABC):
    """Run by a subclass for each adapter, which provides `database` and `sessions`."""

    @pytest.fixture
    def clock(self) -> SettableClock:
        return SettableClock()

    @abstractmethod
    @pytest.fixture
    def database(self) -> Database:
        """Return migrated books."""

    @abstractmethod
    @pytest.fixture
    def sessions(self) -> Sessions:
        """Return the adapter on these books."""

    @pytest.fixture
    async def ann(self, database: Database, clock: SettableClock) -> tuple[Session, Session]:
        """Return two sessions of one person."""
        return await signed_in(database, clock, user_id=71), await signed_in(
            database, clock, user_id=71
        )

    async def test_find_returns_what_the_tables_say_when_never_remembered(
        self, sessions: Sessions, ann: tuple[Session, Session]
    ) -> None:
        for _ in range(2):
            assert await sessions.find(ann[0].session_id) == ann[0]
        assert await sessions.find(1) is None

    async def test_find_returns_a_session_when_remembered(
        self, sessions: Sessions, ann: tuple[Session, Session]
    ) -> None:
        await sessions.remember(ann[0])
        assert await sessions.find(ann[0].session_id) == ann[0]

    async def test_revoke_ends_one_session_and_no_other(
        self, sessions: Sessions, ann: tuple[Session, Session]
    ) -> None:
        first, second = ann
        for one in ann:
            await sessions.remember(one)
        await sessions.revoke(first.session_id)
        await sessions.revoke(first.session_id)
        assert await sessions.find(first.session_id) is None
        assert await sessions.find(second.session_id) == second

    async def test_revoke_user_ends_all_of_one_person(
        self,
        sessions: Sessions,
        database: Database,
        clock: SettableClock,
        ann: tuple[Session, Session],
    ) -> None:
        other = await signed_in(database, clock, user_id=72)
        for one in (ann[0], other):
            assert await sessions.find(one.session_id) == one
        await sessions.revoke_user(71)
        assert [await sessions.find(one.session_id) for one in ann] == [None, None]
        assert await sessions.find(other.session_id) == other

    async def test_new_session_is_alive_when_the_person_was_revoked_before(
        self,
        sessions: Sessions,
        database: Database,
        clock: SettableClock,
        ann: tuple[Session, Session],
    ) -> None:
        await sessions.revoke_user(71)
        new = await signed_in(database, clock, user_id=71)
        await sessions.remember(new)
        assert await sessions.find(new.session_id) == new

    async def test_remember_does_not_raise_the_dead(
        self, sessions: Sessions, ann: tuple[Session, Session]
    ) -> None:
        await sessions.revoke(ann[0].session_id)
        await sessions.remember(ann[0])
        assert await sessions.find(ann[0].session_id) is None

    async def test_session_is_over_when_its_time_is(
        self, sessions: Sessions, clock: SettableClock, ann: tuple[Session, Session]
    ) -> None:
        assert await sessions.find(ann[0].session_id) == ann[0]
        clock.advance(3601)
        assert await sessions.find(ann[0].session_id) is None

    async def test_nobody_finds_it_after_revoke_when_many_ask_meanwhile(
        self, sessions: Sessions, ann: tuple[Session, Session]
    ) -> None:
        session_id = ann[0].session_id
        stopping = asyncio.Event()

        asked: list[int] = []

        async def keep_asking(number: int) -> None:
            while not stopping.is_set():
                await sessions.find(session_id)
                asked.append(number)
                await asyncio.sleep(0)

        asking = [asyncio.create_task(keep_asking(number)) for number in range(8)]
        await comes(lambda: len(set(asked)) == len(asking))
        await sessions.revoke(session_id)
        try:
            found = [await sessions.find(session_id) for _ in range(50)]
        finally:
            stopping.set()
            await asyncio.gather(*asking)
        assert found == [None] * 50


_next_id = iter(range(9_000_000, 10_000_000))


async def signed_in(database: Database, clock: SettableClock, *, user_id: int) -> Session:
    """Make a session in the tables, and its person when new; it lives for an hour."""
    session = Session(
        session_id=next(_next_id),
        user_id=user_id,
        household_id=5,
        household_role="owner",
        role="user",
        epoch=1,
        expires_at=clock.now() + HOUR,
    )

    async def unit(connection: Connection) -> None:
        household_id = session.household_id
        known = "SELECT 1 FROM households WHERE household_id = $1"
        if not await connection.fetch_value(known, household_id):
            await connection.execute(_HOUSEHOLD, household_id)
        if not await connection.fetch_value("SELECT 1 FROM users WHERE user_id = $1", user_id):
            await connection.execute(_USER, user_id, f"p{user_id}@example.org")
            await connection.execute(_MEMBER, household_id, user_id)
        await connection.execute(
            _SESSION, session.session_id, user_id, household_id, session.expires_at
        )

    await database.write(unit)
    return session
