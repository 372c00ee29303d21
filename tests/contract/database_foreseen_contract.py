"""Foreseen units, which may share a transaction: none may notice the others.

`DatabaseContract` derives from it and provides the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from pfh.ports.database import Connection, Database, ForeignKeyViolation, UniqueViolation
from tests.contract.database_subject import (
    INSERT,
    PROMISE,
    Refused,
    account_ids,
    adds,
    create_schema,
)

LOCK = "SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE"
UNCHANGED = "SELECT 1 FROM accounts WHERE id = $1 AND balance = $2 FOR UPDATE"
BALANCE = "SELECT balance FROM accounts WHERE id = $1"
SET = "UPDATE accounts SET balance = $2 WHERE id = $1"
PAY = "INSERT INTO payments (id, account_id) VALUES ($1, $2)"
COUNT = 40


async def lock(connection: Connection, account_id: int) -> None:
    """Lock a row as the stores do: on SQLite the only writer has it already."""
    if connection.dialect == "postgres":
        await connection.lock(LOCK, account_id)


def raises_by(account_id: int, amount: int = 1) -> Callable[[Connection], Awaitable[int]]:
    """Return a foreseen unit that decides from a balance, so that a lost update would show."""

    async def unit(connection: Connection) -> int:
        connection.expect(BALANCE, account_id)
        await lock(connection, account_id)
        found = int(await connection.fetch_value(BALANCE, account_id))
        balance = found + amount
        connection.confirm(UNCHANGED, account_id, found)
        connection.defer("accounts", SET, account_id, balance)
        connection.announce(account_id)
        return balance

    return unit


async def rush(database: Database, units: Iterable[Callable[[Connection], Any]]) -> list[Any]:
    """Write foreseen units at the same time and return their results or errors, in order."""
    writes = [database.write(unit, foreseen=True) for unit in units]
    return await asyncio.gather(*writes, return_exceptions=True)


async def balances(database: Database) -> dict[int, int]:
    async def unit(connection: Connection) -> dict[int, int]:
        rows = await connection.fetch_all("SELECT id, balance FROM accounts")
        return {row[0]: row[1] for row in rows}

    return await database.read(unit)


class DatabaseForeseenContract:
    """Run as a part of `DatabaseContract`."""

    @pytest.fixture
    async def accounts(self, database: Database) -> Database:
        for number in range(COUNT):
            await database.write(adds(number))
        return database

    async def test_stores_every_unit_of_a_rush_and_announces_each(self, accounts: Database) -> None:
        heard: list[int] = []
        accounts.subscribe(heard.append)
        results = await rush(accounts, [raises_by(number, number) for number in range(COUNT)])
        assert results == list(range(COUNT))
        assert await balances(accounts) == {number: number for number in range(COUNT)}
        assert sorted(set(heard)) == list(range(COUNT))

    async def test_loses_no_update_when_a_rush_meets_on_few_rows(self, accounts: Database) -> None:
        results = await rush(accounts, [raises_by(number % 3) for number in range(COUNT * 3)])
        assert sorted(results[0::3]) == list(range(1, COUNT + 1))
        assert {key: value for key, value in (await balances(accounts)).items() if value} == {
            0: COUNT,
            1: COUNT,
            2: COUNT,
        }

    async def test_stores_the_others_when_units_of_a_rush_refuse(self, accounts: Database) -> None:
        def unit(number: int) -> Callable[[Connection], Any]:
            async def refusing(connection: Connection) -> int:
                balance = await raises_by(number)(connection)
                if number % 7 == 0:
                    raise Refused(str(number))
                return balance

            return refusing

        results = await rush(accounts, [unit(number) for number in range(COUNT)])
        refused = [str(one) for one in results if isinstance(one, Refused)]
        assert refused == [str(number) for number in range(0, COUNT, 7)]
        assert await balances(accounts) == {number: int(number % 7 != 0) for number in range(COUNT)}

    @pytest.mark.parametrize(
        ("sql", "arguments", "error"),
        [
            (INSERT, (0, "there already", 0), UniqueViolation),
            (PAY, (1, 999), ForeignKeyViolation),
            (PROMISE, (1, 0, 999), ForeignKeyViolation),
            (PAY, (2**63, 0), ValueError),
        ],
        ids=["unique", "foreign key", "at commit", "too large"],
    )
    async def test_stores_the_others_when_a_write_of_a_rush_fails(
        self, accounts: Database, sql: str, arguments: tuple[Any, ...], error: type[Exception]
    ) -> None:
        def unit(number: int) -> Callable[[Connection], Any]:
            async def failing(connection: Connection) -> int:
                balance = await raises_by(number)(connection)
                if number == COUNT // 2:
                    table = "accounts2" if sql is INSERT else "payments"
                    connection.defer(table, sql, *arguments)
                return balance

            return failing

        results = await rush(accounts, [unit(number) for number in range(COUNT)])
        assert [type(one) for one in results if one != 1] == [error]
        assert isinstance(results[COUNT // 2], error)
        assert await balances(accounts) == {
            number: int(number != COUNT // 2) for number in range(COUNT)
        }

    async def test_does_what_nobody_foresaw(self, accounts: Database) -> None:
        def unit(number: int) -> Callable[[Connection], Any]:
            async def unforeseen(connection: Connection) -> Any:  # noqa: ANN401 -- a sum or a balance
                if number % 4 == 0:
                    await connection.execute(INSERT, COUNT + number, f"new {number}", 0)
                balance = await raises_by(number)(connection)
                if number % 4 == 1:
                    return await connection.fetch_value(BALANCE, number)
                if number % 4 == 2:
                    await connection.execute_many(PAY, [(number, number)])
                if number % 4 == 3:
                    connection.defer("accounts", SET, number, balance + 1)
                return balance

            return unforeseen

        results = await rush(accounts, [unit(number) for number in range(COUNT)])
        assert results == [1] * COUNT
        found = await balances(accounts)
        assert [found[number] for number in range(4)] == [1, 1, 1, 2]
        assert len(found) == COUNT + COUNT // 4
        paid = await accounts.look_up("SELECT COUNT(*) FROM payments")
        assert tuple(paid or ()) == (COUNT // 4,)

    async def test_looks_up_many_at_once(self, accounts: Database) -> None:
        await rush(accounts, [raises_by(number, number) for number in range(COUNT)])
        found = await asyncio.gather(
            *(accounts.look_up(BALANCE, number) for number in range(COUNT + 5))
        )
        assert [None if row is None else row[0] for row in found] == [*range(COUNT), *[None] * 5]

    async def test_answers_the_others_when_a_look_up_of_a_rush_fails(
        self, accounts: Database
    ) -> None:
        numbers = [2**63 if number == COUNT // 2 else number for number in range(COUNT)]
        found = await asyncio.gather(
            *(accounts.look_up(BALANCE, number) for number in numbers), return_exceptions=True
        )
        assert [type(one) for one in found if isinstance(one, Exception)] == [ValueError]
        assert isinstance(found[COUNT // 2], ValueError)

    async def test_accepts_foreseen_units_of_an_empty_database(self, database: Database) -> None:
        await database.write(create_schema)

        async def nothing(_: Connection) -> str:
            return "nothing"

        assert await rush(database, [nothing] * COUNT) == ["nothing"] * COUNT
        assert await account_ids(database) == []
