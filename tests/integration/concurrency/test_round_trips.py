"""How often a booking asks PostgreSQL: counted, so that it cannot grow unnoticed."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from pfh.adapters.database import postgres
from pfh.adapters.database.postgres_connection import prepare_connection
from tests.integration.concurrency.pair import Pair


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts that are sent from now on; ask for it before the hubs."""
    texts: list[str] = []

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        texts.append(query.query)

    async def prepare(raw: asyncpg.Connection[asyncpg.Record]) -> None:
        await prepare_connection(raw)
        raw.add_query_logger(note)

    monkeypatch.setattr(postgres, "prepare_connection", prepare)
    return texts


async def all_told() -> None:
    """Let the driver tell of its last statement, which it does one turn of the loop later."""
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.mark.parametrize("key", [None, "a-key"])
@pytest.mark.parametrize("fields", [{}, {"payee": "Bakery", "tags": ["cash", "daily"]}])
@pytest.mark.parametrize("is_categorised", [True, False])
async def test_booking_asks_three_times(
    sent: list[str], pair: Pair, key: str | None, fields: dict[str, Any], is_categorised: bool
) -> None:
    ann, _ = await pair.sign_up("ann")
    account = await ann.account()
    if is_categorised:
        fields = fields | {"categoryId": (await ann.category_called("Groceries"))["id"]}
    # The second one finds the payee and the tags, as most do.
    await ann.spend(account, **fields)
    body = ann.expense(account, **fields)
    await all_told()
    sent.clear()
    answer = await ann.send("POST", "/api/transactions", body, key=key)
    assert answer.status_code == 201, answer.text
    await all_told()
    words = [text.split(maxsplit=1)[0] for text in sent]
    assert words == ["SELECT", "SELECT", "WITH"], sent
    assert "sessions" in sent[0]
    assert ("idempotency_keys" in sent[1]) == (key is not None)
    assert "FOR UPDATE" not in sent[1]
    # What is decided from the answers is confirmed by the statement that writes.
    assert "SKIP LOCKED" in sent[2]


async def test_repeated_booking_asks_twice_and_writes_nothing(sent: list[str], pair: Pair) -> None:
    ann, _ = await pair.sign_up("ann")
    body = ann.expense(await ann.account())
    first = await ann.send("POST", "/api/transactions", body, key="a-key")
    await all_told()
    sent.clear()
    again = await ann.send("POST", "/api/transactions", body, key="a-key")
    assert again.content == first.content
    await all_told()
    assert [text.split(maxsplit=1)[0] for text in sent] == ["SELECT", "SELECT"]
