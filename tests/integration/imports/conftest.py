"""A household with an account, on SQLite and on PostgreSQL, that bank files can go to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pfh.features.dashboard import api as dashboard
from pfh.features.identity.api import usual_founders
from pfh.features.imports import consumers, manage_import
from pfh.features.imports.schemas import ImportSettings
from pfh.features.imports.store import ImportRecord
from pfh.features.imports.upload import Upload
from pfh.features.ledger.verify_books import verify_books
from pfh.persistence.idempotency import RequestKey, request_key
from pfh.ports.actor import Actor
from pfh.ports.database import Database
from pfh.ports.services import Services
from tests.integration.identity.hub import Hub, make_hub

UPLOAD_BYTES_MAX = 50_000_000


@dataclass
class Desk:
    """One person who imports files; the consumer that does the work runs beside."""

    hub: Hub
    actor: Actor

    @property
    def services(self) -> Services:
        """The ports."""
        return self.hub.services

    async def upload(
        self,
        name: str,
        content: bytes,
        settings: ImportSettings | None = None,
        key: str | None = None,
    ) -> ImportRecord:
        """Upload a file and return its preview."""

        def made(digest: bytes) -> RequestKey:
            return request_key(self.actor.user_id, key or "", route="test", body=digest, now=1)

        async def stream() -> AsyncIterator[bytes]:
            for start in range(0, len(content), 65_536):
                yield content[start : start + 65_536]

        record = await manage_import.begin_import(
            self.services,
            self.actor,
            upload=Upload(stream(), "application/octet-stream", name),
            size_max=UPLOAD_BYTES_MAX,
            settings=lambda: settings or ImportSettings(),
            key=made if key else None,
        )
        return await self.ended(record)

    async def commit(self, record: ImportRecord) -> ImportRecord:
        """Commit a preview and wait for its end."""
        return await self.ended(
            await manage_import.commit_import(self.services, self.actor, record.import_id)
        )

    async def revert(self, record: ImportRecord) -> ImportRecord:
        """Revert an import and wait for its end."""
        return await self.ended(
            await manage_import.revert_import(self.services, self.actor, record.import_id)
        )

    async def import_file(self, name: str, content: bytes) -> ImportRecord:
        """Upload and commit."""
        return await self.commit(await self.upload(name, content))

    async def ended(self, record: ImportRecord) -> ImportRecord:
        """Wait for the end of the step that an import is at."""
        for _ in range(5_000):
            if record.status not in manage_import.UNFINISHED:
                return record
            await asyncio.sleep(0.02)
            record = await manage_import.read_import(self.services, self.actor, record.import_id)
        pytest.fail(f"the import is still {record.status}")

    async def faults(self) -> list[str]:
        """Return what proving the books finds wrong."""
        household_id = self.actor.household_id
        checks = await verify_books(self.services.database, household_id)
        found = [fault for check in checks for fault in check.faults]
        return found + await dashboard.differences(self.services, household_id)

    async def entries(self) -> list[tuple[str, int, str, str]]:
        """Return (date, amount of the account's leg, description, category) of all entries."""
        rows = await self.hub.rows(
            "SELECT e.date, p.amount_minor, e.description, a.name"
            " FROM entries e JOIN postings p ON p.entry_id = e.entry_id AND p.line = 0"
            " JOIN postings q ON q.entry_id = e.entry_id AND q.line = 1"
            " JOIN accounts a ON a.account_id = q.account_id"
            " WHERE e.household_id = $1 ORDER BY e.date, e.entry_id",
            self.actor.household_id,
        )
        return [(row[0], int(row[1]), row[2], row[3]) for row in rows]


@asynccontextmanager
async def open_desk(hub: Hub, email: str = "ann@example.org") -> AsyncIterator[Desk]:
    """Sign a person up and run the imports consumer while the block lasts."""
    hub.founders = usual_founders(hub.services)
    signed_in = await hub.register(email)
    actor = Actor(
        user_id=signed_in.user.user_id,
        household_id=signed_in.membership.household.household_id,
        household_role="owner",
        role="user",
        session_id=1,
        correlation_id="test",
    )
    stopping = asyncio.Event()
    task = asyncio.create_task(consumers.run(hub.services, stopping))
    try:
        yield Desk(hub, actor)
    finally:
        stopping.set()
        hub.services.signals.give(manage_import.SIGNAL)
        await task


@pytest.fixture
async def hub(books: Database, tmp_path: Path) -> Hub:
    """Return a hub with nobody in it, on either database."""
    return make_hub(books, tmp_path, exclusive=books.dialect == "sqlite")


@pytest.fixture
async def desk(hub: Hub) -> AsyncIterator[Desk]:
    """Return a person who imports."""
    async with open_desk(hub) as opened:
        yield opened
