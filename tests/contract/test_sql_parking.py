"""The parking contract in SQL, on both dialects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.parking.sql import SqlParking
from pfh.ports.parking import Parking
from tests.contract.parking_contract import ParkingContract


class TestSqlParkingOnSqlite(ParkingContract):
    @pytest.fixture
    async def parking(self, migrated_sqlite_path: Path) -> AsyncIterator[Parking]:
        database = open_sqlite(migrated_sqlite_path)
        yield SqlParking(database)
        await database.close()


class TestSqlParkingOnPostgres(ParkingContract):
    @pytest.fixture
    async def parking(self, migrated_postgres_url: str) -> AsyncIterator[Parking]:
        database = await open_postgres(PostgresOptions(url=migrated_postgres_url))
        await database.write(lambda connection: connection.execute("DELETE FROM parked_households"))
        yield SqlParking(database)
        await database.close()
