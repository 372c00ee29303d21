"""The hub on PostgreSQL with its read models on MongoDB, which dies and returns empty."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from pfh.entry.web.app import create_app
from pfh.features.dashboard.api import differences
from pfh.ports.database import Connection
from pfh.ports.services import Services
from pfh.runtime.services import open_services
from tests.integration.web.conftest import client_of, sign_up
from tests.integration.web.test_on_postgres import ADMIN, settings_for
from tests.servers.found import Server
from tests.servers.mongo import LEAVES_REFUSED_SOCKETS, MongoProcess
from tests.servers.run_directory import RunDirectory
from tests.waiting import eventually

pytestmark = list(LEAVES_REFUSED_SOCKETS)
HOUSEHOLDS = "SELECT household_id FROM event_heads"
OPERATOR = {"authorization": f"Bearer {ADMIN}"}


async def health_of(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/api/health/detailed", headers=OPERATOR)).json()
    return found


async def households(connection: Connection) -> list[int]:
    return [int(row[0]) for row in await connection.fetch_all(HOUSEHOLDS)]


@dataclass
class Person:
    """Somebody with an account, who spends and looks at November."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    account: str

    async def spend(self, amount: str) -> int:
        made = {"description": "Bread", "amount": amount, "transactionType": "expense"}
        made |= {"transactionDate": "2026-11-20", "accountId": self.account}
        answer = await self.client.post("/api/transactions", json=made, headers=self.headers)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["householdSeq"])

    async def looks(self) -> tuple[str, int]:
        found = await self.client.get("/api/dashboard?period=2026-11", headers=self.headers)
        assert found.status_code == 200, found.text
        return found.json()["summary"]["totalExpenses"], found.json()["householdSeq"]


async def person_at(client: httpx.AsyncClient) -> Person:
    headers = await sign_up(client)
    opened = {"name": "Bank", "accountType": "checking", "currency": "EUR"}
    answer = await client.post("/api/accounts", json=opened, headers=headers)
    return Person(client, headers, answer.json()["id"])


async def assert_equals_the_journal(services: Services) -> None:
    found = await services.database.read(households)
    assert found
    for household_id in found:
        assert await differences(services, household_id) == []


@pytest.mark.slow
@pytest.mark.mongo
async def test_dashboard_answers_from_the_journal_while_mongodb_is_away(
    migrated_postgres_url: str, mongo_server: Server, run_directory: RunDirectory, tmp_path: Path
) -> None:
    if mongo_server.source == "environment":
        pytest.skip("needs a server of its own that it may stop")
    process = MongoProcess(run_directory.path / "mongo-that-stops", run_directory.own_process)
    process.start()
    settings = settings_for(migrated_postgres_url, tmp_path, MONGODB_URI=process.uri)
    consumers = {"dashboard": "pfh.features.dashboard.consumers:run"}
    async with open_services(settings) as services:
        app = create_app(services, settings, consumers=consumers)
        async with app.lifespan(), client_of(app) as client:
            ann = await person_at(client)
            first = await ann.spend("1.10")

            async def is_projected() -> bool:
                return await ann.looks() == ("1.10", first)

            await eventually(is_projected, what="the projection")
            parts = (await health_of(client))["parts"]
            assert parts["documents"] == {"kind": "mongodb", "reachable": True}

            process.stop()
            second = await ann.spend("2.20")
            assert await ann.looks() == ("3.30", second), "fresh from the journal"
            health = await health_of(client)
            assert health["status"] == "degraded"
            assert not health["parts"]["documents"]["reachable"]

            process.start()

            async def is_drained() -> bool:
                now = await health_of(client)
                return (now["status"], now["householdsBehind"]) == ("ok", {"dashboard": 0})

            await eventually(is_drained, what="the end of the queue")
            assert await ann.looks() == ("3.30", second)
            await assert_equals_the_journal(services)
    process.stop()
