"""The application on PostgreSQL, chosen by the settings alone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from pfh.entry.web.app import create_app
from pfh.ports.database import DatabaseUnavailable
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings, load_settings
from tests.integration.web.conftest import client_of, sign_up

ADMIN = "an operator's token of the tests, long enough"


def settings_for(url: str, folder: Path, **changes: str) -> Settings:
    parts = urlsplit(url)
    found = {
        "PFH_DATA_DIR": str(folder),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port or 5432),
        "POSTGRES_DB": parts.path.removeprefix("/"),
        "POSTGRES_USER": unquote(parts.username or ""),
        "POSTGRES_PASSWORD": unquote(parts.password or "") or "trusted by the server",
        "POSTGRES_POOL_SIZE": "3",
        "ADMIN_TOKEN": ADMIN,
    }
    return load_settings({**found, **changes})


async def test_serves_people_when_the_books_are_on_a_server(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    settings = settings_for(migrated_postgres_url, tmp_path)
    async with (
        open_services(settings) as services,
        client_of(create_app(services, settings, consumers={})) as client,
    ):
        assert (await client.get("/readyz")).status_code == 200
        headers = await sign_up(client)
        assert (await client.get("/api/household", headers=headers)).json()["baseCurrency"] == "EUR"
        operator = {"authorization": f"Bearer {ADMIN}"}
        health = (await client.get("/api/health/detailed", headers=operator)).json()
        assert health["database"]["kind"] == "postgres"
        assert health["database"]["reachable"]
    assert not (tmp_path / "pfh.sqlite").exists()


async def test_says_that_the_server_cannot_be_reached(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    settings = settings_for(migrated_postgres_url, tmp_path, POSTGRES_PORT="1")
    with pytest.raises(DatabaseUnavailable):
        async with open_services(settings):
            pass
