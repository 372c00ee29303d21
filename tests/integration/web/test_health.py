"""Alive, ready, in detail: each tells the truth at the times that matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.entry.web.app import create_app
from pfh.migrations.head import HEAD
from pfh.ports.bulk import MOVING
from pfh.ports.database import Connection
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings, load_settings
from tests.integration.web.conftest import OpenWeb, client_of

ADMIN = "an operator's token of the tests, long enough"


@pytest.fixture
def books(migrated_sqlite_path: Path) -> Settings:
    migrated_sqlite_path.rename(migrated_sqlite_path.with_name("pfh.sqlite"))
    return load_settings({"PFH_DATA_DIR": str(migrated_sqlite_path.parent)})


async def test_is_alive_and_ready_when_all_is_well(open_web: OpenWeb) -> None:
    async with open_web() as client:
        assert (await client.get("/livez")).json() == "ok"
        for path in ("/readyz", "/api/health"):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert answer.json()["status"] == "ok"
            assert set(answer.json()) == {"status", "version", "commit", "uptimeSeconds"}


async def test_is_alive_but_not_ready_when_migrations_are_pending(tmp_path: Path) -> None:
    settings = load_settings({"PFH_DATA_DIR": str(tmp_path)})
    async with (
        open_services(settings) as services,
        client_of(create_app(services, settings, consumers={})) as client,
    ):
        assert (await client.get("/livez")).status_code == 200
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "migrations_pending")
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("revision", "words"), [("tomorrow", "wait for `pfh migrate`"), (MOVING, "was cut off")]
)
async def test_is_not_ready_when_the_schema_is_of_another_release_or_half_a_move(
    books: Settings, revision: str, words: str
) -> None:

    async def pretend(connection: Connection) -> None:
        await connection.execute("UPDATE alembic_version SET version_num = $1", revision)

    async with open_services(books) as services:
        await services.database.write(pretend)
        async with client_of(create_app(services, books, consumers={})) as client:
            answer = (await client.get("/readyz")).json()
    assert answer["code"] == "migrations_pending"
    assert words in answer["detail"]


async def test_is_not_ready_when_stopping_or_without_books(books: Settings) -> None:
    async with open_services(books) as services:
        app = create_app(services, books, consumers={})
        async with client_of(app) as client:
            app.state["hub"].draining = True
            assert (await client.get("/readyz")).json()["code"] == "stopping"
            app.state["hub"].draining = False
            await services.database.close()
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
            assert (await client.get("/livez")).status_code == 200


async def test_tells_operators_each_part(open_web: OpenWeb) -> None:
    async with open_web(ADMIN_TOKEN=ADMIN) as client:
        assert (await client.get("/api/health/detailed")).status_code == 401
        answer = await client.get(
            "/api/health/detailed", headers={"authorization": f"Bearer {ADMIN}"}
        )
    assert answer.status_code == 200
    found = answer.json()
    assert found["status"] == "ok"
    assert found["database"] == {
        "kind": "sqlite",
        "reachable": True,
        "revision": HEAD,
        "fits": True,
        "expectedRevision": HEAD,
    }
    assert found["householdsBehind"] == {"dashboard": 0}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/api/health", "/api/metrics"])
async def test_answers_head_requests_of_probes(open_web: OpenWeb, path: str) -> None:
    async with open_web() as client:
        assert (await client.head(path)).status_code == 200
