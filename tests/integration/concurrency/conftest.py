"""Two hubs, each with its own connections, on one PostgreSQL database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.entry.web.app import create_app
from pfh.features.identity.founders import usual_founders
from pfh.runtime.settings import load_settings
from tests.integration.books.book import BASE
from tests.integration.concurrency.pair import Pair
from tests.integration.identity.hub import Hub, make_hub


@pytest.fixture
async def pair(migrated_postgres_url: str, tmp_path: Path) -> AsyncIterator[Pair]:
    """Return two hubs that share a database and a data directory; the books are proved after."""
    async with AsyncExitStack() as stack:
        hubs: list[Hub] = []
        clients: list[httpx.AsyncClient] = []
        for name in ("first", "second"):
            options = PostgresOptions(url=migrated_postgres_url, application_name=name)
            database = await open_postgres(options)
            stack.push_async_callback(database.close)
            hub = make_hub(database, tmp_path, exclusive=False)
            hub.founders = usual_founders(hub.services)
            settings = load_settings({"PFH_DATA_DIR": str(tmp_path)})
            app = create_app(hub.services, settings, consumers={})
            transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # The same protocol.
            client = httpx.AsyncClient(transport=transport, base_url=BASE)
            hubs.append(hub)
            clients.append(await stack.enter_async_context(client))
        made = Pair((hubs[0], hubs[1]), (clients[0], clients[1]))
        yield made
        await made.check()
