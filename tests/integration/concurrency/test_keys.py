"""Idempotency keys on PostgreSQL, in the moment that two requests with one key meet."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pfh.adapters.database.postgres import PostgresDatabase, PostgresOptions, open_postgres
from pfh.persistence.idempotency import Answer, IdempotencyKeyInFlight, once, request_key
from pfh.ports.database import Connection

KEY = request_key(7, "the-same", route="POST /api/transactions", body=b"{}", now=1)


@pytest.fixture
async def database(migrated_postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    opened = await open_postgres(PostgresOptions(url=migrated_postgres_url))
    yield opened
    await opened.close()


async def test_second_leaves_nothing_when_the_first_ended_after_it_looked(
    database: PostgresDatabase,
) -> None:
    store = "INSERT INTO idempotency_keys VALUES ($1, $2, $3, 201, $4, 1)"

    async def first(connection: Connection) -> None:
        await connection.execute(store, 7, KEY.key_hash, KEY.request_hash, b"first")

    async def second(connection: Connection) -> Answer:
        # Only here can the first one still come: the second has looked and found no answer.
        await database.write(first)
        await connection.execute("INSERT INTO event_heads VALUES (99, 0, $1)", b"x")
        return Answer(201, b"second")

    with pytest.raises(IdempotencyKeyInFlight):
        await database.write(once(KEY, second))
    assert await database.look_up("SELECT 1 FROM event_heads WHERE household_id = 99") is None
    answer = await database.write(once(KEY, second))
    assert (answer.body, answer.replayed) == (b"first", True)
