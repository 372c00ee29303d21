"""Locks, expected queries and deferred writes, which every adapter of the database port has.

`DatabaseContract` derives from it and provides the database. An adapter may send them together or
alone; a unit must not see the difference.
"""

from __future__ import annotations

from typing import Any

import pytest

from pfh.ports.database import Connection, Database, UniqueViolation
from tests.contract.database_subject import INSERT, Refused, account_ids, adds

LOCK = "SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE"
NAMES = "SELECT id, name, digest FROM accounts WHERE id = ANY($1::bigint[]) ORDER BY id"
BALANCE = "SELECT balance FROM accounts WHERE id = $1"
ADD = "UPDATE accounts SET balance = balance + $2 WHERE id = $1"
PAY = "INSERT INTO payments (id, account_id) VALUES ($1, $2)"


class DatabaseBatchesContract:
    """Run as a part of `DatabaseContract`."""

    async def test_tells_how_many_rows_it_locked(self, database: Database) -> None:
        await database.write(adds(1))

        async def unit(connection: Connection) -> list[int]:
            return [await connection.lock(LOCK, 1), await connection.lock(LOCK, 2)]

        assert await database.write(unit) == [1, 0]

    async def test_what_follows_a_lock_is_undone_with_its_unit(self, database: Database) -> None:
        await database.write(adds(1))

        async def unit(connection: Connection) -> None:
            await connection.lock(LOCK, 1)
            await connection.execute(ADD, 1, 5)
            raise Refused

        with pytest.raises(Refused):
            await database.write(unit)
        assert await database.look_up(BALANCE, 1) is not None
        assert tuple(await database.look_up(BALANCE, 1) or ()) == (0,)

    async def test_expected_queries_answer_as_if_nobody_had_expected_them(
        self, database: Database
    ) -> None:
        for number in (1, 2, 3):
            await database.write(adds(number, f"it's {number}", number))

        async def unit(connection: Connection) -> list[Any]:
            connection.expect(NAMES, [3, 1])
            connection.expect(BALANCE, 2)
            connection.expect(BALANCE, 99)
            return [
                await connection.fetch_value(BALANCE, 2),
                [tuple(row) for row in await connection.fetch_all(NAMES, [3, 1])],
                await connection.fetch_one(BALANCE, 99),
                # Never expected, and asked twice.
                await connection.fetch_value(BALANCE, 3),
                [tuple(row) for row in await connection.fetch_all(NAMES, [3, 1])],
            ]

        names = [(1, "it's 1", None), (3, "it's 3", None)]
        assert await database.write(unit) == [2, names, None, 3, names]
        assert await database.read(unit) == [2, names, None, 3, names]

    @pytest.mark.parametrize("how", ["execute", "execute_many", "defer"])
    async def test_expected_query_sees_what_the_unit_wrote_before_it_asked(
        self, database: Database, how: str
    ) -> None:
        await database.write(adds(1))

        async def unit(connection: Connection) -> list[int]:
            connection.expect(NAMES, [1])
            connection.expect(BALANCE, 1)
            await connection.fetch_all(NAMES, [1])
            if how == "defer":
                connection.defer("accounts", ADD, 1, 5)
            elif how == "execute":
                await connection.execute(ADD, 1, 5)
            else:
                await connection.execute_many(ADD, [(1, 5)])
            connection.expect(BALANCE, 1)
            return [
                await connection.fetch_value(BALANCE, 1),
                await connection.fetch_value(BALANCE, 1),
            ]

        assert await database.write(unit) == [5, 5]

    async def test_deferred_writes_are_stored_together(self, database: Database) -> None:
        async def unit(connection: Connection) -> str:
            connection.defer("accounts", INSERT, 1, "it's $1", 7)
            connection.defer("payments", PAY, 9, 1)
            return "done"

        assert await database.write(unit) == "done"
        paid = "SELECT a.name, a.balance FROM payments p JOIN accounts a ON a.id = p.account_id"
        assert tuple(await database.look_up(paid) or ()) == ("it's $1", 7)

    async def test_deferred_writes_on_one_row_all_count(self, database: Database) -> None:
        async def unit(connection: Connection) -> int:
            connection.defer("accounts", INSERT, 1, "a", 1)
            connection.defer("accounts", ADD, 1, 10)
            connection.defer("payments", PAY, 9, 1)
            connection.defer("accounts", ADD, 1, 100)
            seen = int(await connection.fetch_value(BALANCE, 1))
            connection.defer("accounts", ADD, 1, 1000)
            return seen

        assert await database.write(unit) == 111
        assert tuple(await database.look_up(BALANCE, 1) or ()) == (1111,)

    async def test_deferred_writes_are_undone_with_their_unit(self, database: Database) -> None:
        async def unit(connection: Connection) -> None:
            connection.defer("accounts", INSERT, 1, "a", 1)
            raise Refused

        with pytest.raises(Refused):
            await database.write(unit)
        assert await account_ids(database) == []

    @pytest.mark.parametrize("follows", [True, False])
    async def test_failed_deferred_write_dooms_its_unit(
        self, database: Database, *, follows: bool
    ) -> None:
        await database.write(adds(1))

        async def unit(connection: Connection) -> None:
            connection.defer("accounts", INSERT, 2, "b", 1)
            await connection.fetch_value(BALANCE, 2)
            connection.defer("accounts", INSERT, 1, "other", 1)
            if follows:
                await connection.fetch_value(BALANCE, 1)

        with pytest.raises(UniqueViolation):
            await database.write(unit)
        assert await account_ids(database) == [1]

    async def test_deferred_write_in_a_reading_unit_is_refused(self, database: Database) -> None:
        async def unit(connection: Connection) -> None:
            connection.defer("accounts", INSERT, 1, "a", 1)

        with pytest.raises(RuntimeError):
            await database.read(unit)
        assert await account_ids(database) == []
