"""One book for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from pfh.entry.web.app import create_app
from pfh.features.identity.founders import usual_founders
from pfh.ports.database import Database
from pfh.runtime.settings import load_settings
from tests.integration.books.book import BASE, Book, Person
from tests.integration.identity.hub import Hub, make_hub


@pytest.fixture
async def book(books: Database, tmp_path: Path) -> AsyncIterator[Book]:
    """Return two people with the books that a sign-up gives, and after the test check the books."""
    hub = make_hub(books, tmp_path, exclusive=books.dialect == "sqlite")
    hub.founders = usual_founders(hub.services)
    app = create_app(hub.services, load_settings({"PFH_DATA_DIR": str(tmp_path)}), consumers={})
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # The same protocol, renamed.
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        made = Book(hub, await _person(hub, client, "ann"), await _person(hub, client, "bob"))
        yield made
        await made.check()


async def _person(hub: Hub, client: httpx.AsyncClient, name: str) -> Person:
    signed_in = await hub.register(f"{name}@example.org", first_name=name.capitalize())
    return Person(client, signed_in.actor("c0ffee"), signed_in.access_token)
