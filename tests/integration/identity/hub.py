"""A hub without a web server: services on a migrated database, and people who sign up."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pfh.adapters.cache.memory import MemoryCache
from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.documents.sql import SqlDocuments
from pfh.adapters.event_log.sql import SqlEventLog
from pfh.adapters.identifiers.time_ordered import TimeOrderedIdentifiers
from pfh.adapters.language_model.silent import SilentLanguageModel
from pfh.adapters.mailer.folder import FolderMailer
from pfh.adapters.objects.directory import DirectoryObjects
from pfh.adapters.sessions.sql import SqlSessions
from pfh.adapters.signals.memory import MemorySignals
from pfh.adapters.throttle.memory import MemoryThrottle
from pfh.features.households.api import HouseholdFounder
from pfh.features.identity.api import (
    Client,
    RegisterUser,
    SignedIn,
    SignIn,
    register_user,
    sign_in,
)
from pfh.observability.log_line import JsonFormatter
from pfh.ports.database import Database
from pfh.ports.services import Services

PASSWORD = "seven purple walruses"
KEY = b"a key of the tests, 32 bytes or more"


@dataclass
class Hub:
    """Services with a clock that tests move."""

    services: Services
    clock: SettableClock
    founders: Sequence[HouseholdFounder] = field(default_factory=tuple)

    async def register(self, email: str = "ann@example.org", **changes: str | bool) -> SignedIn:
        """Sign somebody up."""
        wish: dict[str, Any] = {
            "email": email,
            "password": PASSWORD,
            "confirm_password": PASSWORD,
            "first_name": "Ann",
            "last_name": "Oak",
            "accept_terms": True,
            "currency": "EUR",
        }
        return await register_user(
            RegisterUser(**{**wish, **changes}), caller(), self.services, founders=self.founders
        )

    async def sign_in(
        self,
        email: str = "ann@example.org",
        password: str = PASSWORD,
        client: Client | None = None,
    ) -> SignedIn:
        """Sign somebody in."""
        return await sign_in(
            SignIn(email=email, password=password), client or caller(), self.services
        )

    async def rows(self, sql: str, *arguments: int | str) -> list[tuple[Any, ...]]:
        """Read rows by SQL."""
        found = await self.services.database.read(
            lambda connection: connection.fetch_all(sql, *arguments)
        )
        return [tuple(row) for row in found]


def caller(
    address: str | None = "203.0.113.7",
    user_agent: str = "Tests/1.0",
    correlation: str = "c0ffee",
) -> Client:
    """Return somebody at an address."""
    return Client(address=address, user_agent=user_agent, correlation_id=correlation)


def make_hub(database: Database, folder: Path, *, exclusive: bool) -> Hub:
    """Put the embedded adapters around a database."""
    clock = SettableClock("2026-11-23T09:00:00Z")
    services = Services(
        database=database,
        documents=SqlDocuments(database),
        event_log=SqlEventLog(database),
        cache=MemoryCache(),
        sessions=SqlSessions(database, clock, exclusive=exclusive),
        throttle=MemoryThrottle(clock),
        signals=MemorySignals(),
        objects=DirectoryObjects(folder / "objects"),
        mailer=FolderMailer(folder / "mail"),
        language_model=SilentLanguageModel(),
        clock=clock,
        identifiers=TimeOrderedIdentifiers(),
        token_key=KEY,
    )
    return Hub(services, clock)


class Lines(logging.Handler):
    """Keeps log lines as they would be written, and the fields as they were given."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.records: list[tuple[str, dict[str, Any]]] = []
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))
        self.records.append((record.getMessage(), record.__dict__.get("pfh_fields", {})))

    def fields(self, event: str) -> list[dict[str, Any]]:
        """Return the fields of every line of an event."""
        return [fields for name, fields in self.records if name == event]


@contextmanager
def logged() -> Iterator[Lines]:
    """Collect every line of the hub from here on."""
    lines = Lines()
    root = logging.getLogger("pfh")
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(lines)
        root.setLevel(level)
