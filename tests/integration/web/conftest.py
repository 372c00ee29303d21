"""The web application around given routes, on a migrated database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest
from litestar.types import ControllerRouterHandler

from pfh.entry.web.app import WebApplication, create_app
from pfh.runtime.services import open_services
from pfh.runtime.settings import load_settings

OpenWeb: TypeAlias = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
PERSON = {
    "email": "ann@example.org",
    "password": "seven purple walruses",
    "confirmPassword": "seven purple walruses",
    "firstName": "Ann",
    "lastName": "Oak",
    "acceptTerms": True,
}


@pytest.fixture
def open_web(migrated_sqlite_path: Path) -> OpenWeb:
    """Return a function that opens an application; keywords are settings of the environment."""
    migrated_sqlite_path.rename(migrated_sqlite_path.with_name("pfh.sqlite"))

    @asynccontextmanager
    async def opened(
        routes: list[ControllerRouterHandler] | None = None,
        *,
        client_address: str = "127.0.0.1",
        **environment: str,
    ) -> AsyncIterator[httpx.AsyncClient]:
        settings = load_settings({"PFH_DATA_DIR": str(migrated_sqlite_path.parent), **environment})
        async with open_services(settings) as services:
            app = create_app(services, settings, consumers={}, routes=routes)
            async with client_of(app, client_address) as client:
                yield client

    return opened


def client_of(app: WebApplication, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """Return a client of an application, without its lifespan."""
    transport = httpx.ASGITransport(
        app,  # type: ignore[arg-type]  # The same protocol under another name.
        client=(address, 50_000),
    )
    return httpx.AsyncClient(transport=transport, base_url="http://hub.test")


async def sign_up(client: httpx.AsyncClient, **changes: object) -> dict[str, str]:
    """Sign somebody up and return the headers of their requests."""
    answer = await client.post("/api/auth/register", json={**PERSON, **changes})
    assert answer.status_code == 201, answer.text
    client.cookies.clear()
    return {"authorization": f"Bearer {answer.json()['accessToken']}"}
