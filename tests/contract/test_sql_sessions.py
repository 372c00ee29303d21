"""The sessions contract on the tables alone: one process, and several."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.sessions.sql import SqlSessions
from pfh.ports.database import Database
from tests.contract.sessions_contract import SessionsContract


class TestSqlSessionsOfSeveralProcesses(SessionsContract):
    @pytest.fixture
    async def database(self, migrated_sqlite_path: Path) -> AsyncIterator[Database]:
        opened = open_sqlite(migrated_sqlite_path)
        yield opened
        await opened.close()

    @pytest.fixture
    def sessions(self, database: Database, clock: SettableClock) -> SqlSessions:
        return SqlSessions(database, clock, exclusive=False)


class TestSqlSessionsOfOneProcess(TestSqlSessionsOfSeveralProcesses):
    @pytest.fixture
    def sessions(self, database: Database, clock: SettableClock) -> SqlSessions:
        return SqlSessions(database, clock, exclusive=True)
