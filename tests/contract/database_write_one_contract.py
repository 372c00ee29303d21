"""Writing with one statement that is a unit by itself, which every adapter of the port has.

`DatabaseContract` derives from it and provides the database.
"""

from __future__ import annotations

import pytest

from pfh.ports.database import Database, UniqueViolation
from tests.contract.database_subject import INSERT, account_ids, adds

RENAME = "UPDATE accounts SET name = $2 WHERE id = $1 RETURNING name, balance"


class DatabaseWriteOneContract:
    """Run as a part of `DatabaseContract`."""

    async def test_returns_the_first_row_of_a_statement_that_is_stored(
        self, database: Database
    ) -> None:
        await database.write(adds(1, "Checking", 7))
        row = await database.write_one(RENAME, 1, "Savings")
        assert row is not None
        assert tuple(row) == ("Savings", 7)
        kept = await database.look_up("SELECT name FROM accounts WHERE id = 1")
        assert kept is not None
        assert kept[0] == "Savings"

    async def test_returns_none_when_the_statement_has_no_row(self, database: Database) -> None:
        assert await database.write_one(RENAME, 1, "Savings") is None
        assert await database.write_one(INSERT, 1, "Checking", 0) is None
        assert await account_ids(database) == [1]

    async def test_stores_nothing_when_the_statement_fails(self, database: Database) -> None:
        await database.write_one(INSERT, 1, "Checking", 0)
        with pytest.raises(UniqueViolation):
            await database.write_one(INSERT, 1, "Savings", 0)
        with pytest.raises(ValueError, match="64 bits"):
            await database.write_one(INSERT, 2**63, "Savings", 0)
        assert await database.write_one(INSERT, 2, "Savings", 0) is None
        assert await account_ids(database) == [1, 2]
