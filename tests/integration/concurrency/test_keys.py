"""Idempotency keys on PostgreSQL, in the moment that two requests with one key meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pfh.adapters.database.postgres import PostgresDatabase, PostgresOptions, open_postgres
from pfh.persistence.idempotency import Answer, IdempotencyKeyInFlight, once, request_key
from pfh.ports.database import Connection

FORGET = "DELETE FROM event_heads WHERE household_id = 100"
KEY = request_key(7, "the-same", route="POST /api/transactions", body=b"{}", now=1)


@pytest.fixture
async def database(migrated_postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    opened = await open_postgres(PostgresOptions(url=migrated_postgres_url))
    yield opened
    await opened.close()


@pytest.mark.parametrize("household_id", [None, 99])
async def test_second_is_told_at_once_while_the_first_is_inside(
    database: PostgresDatabase, household_id: int | None
) -> None:
    await database.write(
        lambda connection: connection.execute(
            "INSERT INTO event_heads VALUES (99, 0, $1)", bytes(32)
        )
    )
    runs: list[str] = []

    async def second(_: Connection) -> Answer:
        runs.append("second")
        return Answer(201, b"second")

    async def first(_: Connection) -> Answer:
        runs.append("first")
        # Waiting for the first one would be for ever: it ends only after this.
        with pytest.raises(IdempotencyKeyInFlight):
            await database.write(once(KEY, second, household_id=household_id))
        return Answer(201, b"first")

    answer = await database.write(once(KEY, first, household_id=household_id))
    assert (answer.body, answer.replayed) == (b"first", False)
    answer = await database.write(once(KEY, second, household_id=household_id))
    assert (answer.body, answer.replayed) == (b"first", True)
    assert runs == ["first"]


async def test_one_of_many_runs_and_the_others_are_told_or_get_its_answer(
    database: PostgresDatabase,
) -> None:
    await database.write(
        lambda connection: connection.execute(
            "INSERT INTO event_heads VALUES (99, 0, $1)", bytes(32)
        )
    )

    async def unit(connection: Connection) -> Answer:
        # Would fail for a second one that ran.
        await connection.execute("INSERT INTO event_heads VALUES (100, 0, $1)", bytes(32))
        return Answer(201, b"the one")

    for number in range(20):
        key = request_key(7, f"key-{number}", route="POST /", body=b"{}", now=1)
        answers = await asyncio.gather(
            *(database.write(once(key, unit, household_id=99)) for _ in range(6)),
            return_exceptions=True,
        )
        told = [one for one in answers if isinstance(one, IdempotencyKeyInFlight)]
        got = [one for one in answers if isinstance(one, Answer)]
        assert len(told) + len(got) == len(answers), answers
        assert [one.replayed for one in got].count(False) == 1
        assert {one.body for one in got} == {b"the one"}
        await database.write(
            lambda connection: connection.execute(
                "DELETE FROM event_heads WHERE household_id = 100"
            )
        )
