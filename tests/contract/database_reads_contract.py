"""The two other ways to read, which every adapter of the database port has.

`DatabaseContract` derives from it and provides the database.
"""

from __future__ import annotations

import pytest

from pfh.ports.database import Connection, Database
from tests.contract.database_subject import account_ids, adds


class DatabaseReadsContract:
    """Run as a part of `DatabaseContract`."""

    async def test_shows_what_was_committed_before_and_writes_nothing(
        self, database: Database
    ) -> None:
        async def names(connection: Connection) -> list[str]:
            return [row[0] for row in await connection.fetch_all("SELECT name FROM accounts")]

        await database.write(adds(1, "Checking"))
        assert await database.read_to_show(names, 7) == ["Checking"]
        with pytest.raises(RuntimeError):
            await database.read_to_show(adds(2), 7)
        assert await account_ids(database) == [1]

    async def test_looks_one_row_up_that_was_committed_and_writes_nothing(
        self, database: Database
    ) -> None:
        sql = "SELECT name, balance FROM accounts WHERE id = $1"
        assert await database.look_up(sql, 1) is None
        await database.write(adds(1, "Checking", 7))
        row = await database.look_up(sql, 1)
        assert row is not None
        assert tuple(row) == ("Checking", 7)
        with pytest.raises(RuntimeError):
            await database.look_up("INSERT INTO accounts (id, name) VALUES (2, 'x')")
        assert await account_ids(database) == [1]

    async def test_looks_many_rows_up_in_their_order_and_writes_nothing(
        self, database: Database
    ) -> None:
        sql = "SELECT name, balance FROM accounts WHERE id > $1 ORDER BY id DESC"
        assert list(await database.look_up_all(sql, 0)) == []
        for number in (1, 2, 3):
            await database.write(adds(number, f"Account {number}", number))
        rows = await database.look_up_all(sql, 1)
        assert [tuple(row) for row in rows] == [("Account 3", 3), ("Account 2", 2)]
        with pytest.raises(RuntimeError):
            await database.look_up_all("DELETE FROM accounts")
        assert await account_ids(database) == [1, 2, 3]
