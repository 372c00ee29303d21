"""The language-model contract at a server that speaks OpenAI's API, well and badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.language_model.budget import TokenBudget
from pfh.adapters.language_model.openai_compatible import ModelOptions, OpenAICompatibleModel
from pfh.ports.database import Database
from tests.contract.language_model_contract import LanguageModelContract
from tests.servers.third_party import Reply, ThirdPartyServer, third_party_server

KEY = "sk-a-key-of-the-tests"
# "Be brief." and "Say yes." are 17 bytes; 32 tokens are set aside for the frame.
ASKED = {"system": "Be brief.", "prompt": "Say yes.", "tokens_max": 5}
RESERVED = 17 + 5 + 32


def completion(words: str | None = "Yes.", tokens: int = 12) -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", "content": words}}
    body = {"id": "1", "choices": [choice], "usage": {"total_tokens": tokens}}
    return Reply(200, {"Content-Type": "application/json"}, json.dumps(body).encode())


@pytest.fixture
async def server() -> AsyncIterator[ThirdPartyServer]:
    async with third_party_server() as found:
        found.reply(completion())
        yield found


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    found: Database
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("migrated_sqlite_path")
        found = open_sqlite(path)
    else:
        url = request.getfixturevalue("migrated_postgres_url")
        found = await open_postgres(PostgresOptions(url=url))
    yield found
    await found.close()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock("2026-11-23T23:00:00Z")


def model_at(
    server: ThirdPartyServer,
    database: Database,
    clock: SettableClock,
    *,
    tokens: int = 1_000,
    seconds: float = 30,
) -> OpenAICompatibleModel:
    options = ModelOptions(
        url=f"{server.address}/v1", model="small", key=KEY, timeout_seconds=seconds
    )
    return OpenAICompatibleModel(options, TokenBudget(database, clock, tokens_per_day=tokens))


async def spent(database: Database) -> dict[str, int]:
    rows = await database.read(
        lambda connection: connection.fetch_all("SELECT day, tokens FROM language_model_usage")
    )
    return {str(row[0]): int(row[1]) for row in rows}


class TestOpenAICompatibleModel(LanguageModelContract):
    @pytest.fixture
    async def model(
        self, server: ThirdPartyServer, database: Database, clock: SettableClock
    ) -> AsyncIterator[OpenAICompatibleModel]:
        made = model_at(server, database, clock)
        yield made
        await made.close()


async def test_asks_for_a_bounded_answer_and_counts_what_it_cost(
    server: ThirdPartyServer, database: Database, clock: SettableClock
) -> None:
    model = model_at(server, database, clock)
    assert await model.complete(**ASKED) == "Yes."  # type: ignore[arg-type]
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert (request.json["model"], request.json["max_completion_tokens"]) == ("small", 5)
    assert await spent(database) == {"2026-11-23": 12}
    await model.close()


async def test_sends_nothing_private(
    server: ThirdPartyServer, database: Database, clock: SettableClock
) -> None:
    model = model_at(server, database, clock)
    private = "ann@example.org pays DE89370400440532013000 by 4111 1111 1111 1111"
    await model.complete(system=f"Of {private}", prompt=f"What is {private}?", tokens_max=5)
    sent = server.requests[0].body.decode()
    for part in ("ann@", "DE89", "4111"):
        assert part not in sent
    await model.close()


async def test_asks_nobody_beyond_the_budget_of_the_day_whatever_the_process(
    server: ThirdPartyServer, database: Database, clock: SettableClock
) -> None:
    server.reply(completion(tokens=RESERVED))
    first = model_at(server, database, clock, tokens=RESERVED * 3)
    second = model_at(server, database, clock, tokens=RESERVED * 3)
    answers = await asyncio.gather(
        *(model.complete(**ASKED) for model in (first, second) * 4)  # type: ignore[arg-type]
    )
    assert sorted(answers, key=str).count("Yes.") == 3
    assert len(server.requests) == 3
    clock.advance(3_600)
    assert await first.complete(**ASKED) == "Yes."  # type: ignore[arg-type]
    assert await spent(database) == {"2026-11-23": RESERVED * 3, "2026-11-24": RESERVED}
    await first.close()
    await second.close()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(429, {"Retry-After": "9"}),
        Reply(401),
        Reply(400, body=b'{"error": {}}'),
        Reply(200, body=b"<html>"),
        Reply(200, body=b'{"choices": []}'),
        Reply(200, body=b'{"choices": [{"message": {"content": 5}}]}'),
        Reply(drops=True),
        Reply(endless=True),
        Reply(307, {"Location": "https://example.org/"}),
    ],
    ids=["500", "429", "401", "400", "html", "empty", "types", "drops", "endless", "redirect"],
)
async def test_gives_no_answer_when_the_server_gives_none_and_keeps_the_cost(
    server: ThirdPartyServer, database: Database, clock: SettableClock, reply: Reply
) -> None:
    server.reply(reply)
    model = model_at(server, database, clock)
    assert await model.complete(**ASKED) is None  # type: ignore[arg-type]
    assert await spent(database) == {"2026-11-23": RESERVED}
    await model.close()


async def test_gives_no_answer_when_the_server_never_does(
    server: ThirdPartyServer, database: Database, clock: SettableClock
) -> None:
    server.reply(Reply(never=True))
    model = model_at(server, database, clock, seconds=0.2)
    assert await model.complete(**ASKED) is None  # type: ignore[arg-type]
    await model.close()
