"""A whole hub in one process with people in it, and what every table says before and after.

It exists so that a hostile request can be judged by what it changed (nothing), what it was told (a
problem with a code and a remedy) and what it left in the log (one line without a secret).
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from pfh.entry.web.app import WebApplication, create_app
from pfh.observability.log_line import JsonFormatter
from pfh.ports.database import Connection, Value
from pfh.ports.services import Services
from pfh.runtime.lifespan import running_consumers
from pfh.runtime.services import open_services
from pfh.runtime.settings import load_settings
from tests.environment import environment_of

Json: TypeAlias = dict[str, Any]
BASE = "http://hub.test"
PASSWORD = "seven purple walruses"
ADMIN_TOKEN = "the operator's own token of 32 characters"
PROBLEM_MEDIA = "application/problem+json"
# Of these only the rows are counted: a refused request may move when a session was last seen, and
# the mailer, which runs beside the requests, notes its tries in the letters that wait.
_MOVING = {"sessions", "mail_outbox"}
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgres": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


@dataclass
class Person:
    """Somebody who is signed in, with the things that belong to their household."""

    client: httpx.AsyncClient
    email: str
    token: str
    refresh: str
    identity: Json
    owned: dict[str, str] = field(default_factory=dict)

    @property
    def household_id(self) -> int:
        """The household that they work in."""
        return int(self.identity["household"]["id"])

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Send a request with their token."""
        given = {"authorization": f"Bearer {self.token}", **(headers or {})}
        if key is not None:
            given["idempotency-key"] = key
        options: Json = {} if body is None else {"json": body}
        if content is not None:
            options["content"] = content
        return await self.client.request(method, path, headers=given, **options)

    async def done(self, method: str, path: str, body: object = None) -> Json:
        """Send a request that must succeed and return its JSON."""
        answer = await self.send(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        found: Json = answer.json() if answer.content else {}
        return found

    async def upload(self, content: bytes, name: str = "bank.csv", query: str = "") -> Json:
        """Upload a bank file and return its preview."""
        answer = await self.send(
            "POST",
            f"/api/imports?fileName={name}{query}",
            content=content,
            headers={"content-type": "application/octet-stream"},
        )
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found


@dataclass
class House:
    """The application, its services, and two people with a household each."""

    app: WebApplication
    services: Services
    client: httpx.AsyncClient
    ann: Person
    bob: Person

    async def rows(self, sql: str, *arguments: Value) -> list[tuple[Any, ...]]:
        """Read rows by SQL."""

        async def unit(connection: Connection) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in await connection.fetch_all(sql, *arguments)]

        return await self.services.database.read(unit)

    async def change(self, sql: str, *arguments: Value) -> int:
        """Change rows by SQL, behind the back of the program; returns how many."""

        async def unit(connection: Connection) -> int:
            return await connection.execute(sql, *arguments)

        return await self.services.database.write(unit)

    async def tables(self) -> dict[str, tuple[int, str]]:
        """Return for each table its number of rows and a digest of their content.

        The read model, which follows beside the requests, is waited for: it would change between
        two looks.
        """
        await self.settled()

        async def unit(connection: Connection) -> dict[str, tuple[int, str]]:
            names = await connection.fetch_all(_TABLES[connection.dialect])
            found = {}
            for (name,) in names:
                lines = sorted(repr(tuple(row)) for row in await _content(connection, name))
                digest = "" if name in _MOVING else sha256("\n".join(lines).encode()).hexdigest()
                found[str(name)] = (len(lines), digest)
            return found

        return await self.services.database.read(unit)

    async def settled(self) -> None:
        """Wait until the read model has followed every event."""
        for _ in range(6_000):
            if not await self.services.event_log.behind("dashboard", limit=1):
                return
            await _a_moment()
        raise AssertionError("the read model does not catch up")


async def _content(connection: Connection, table: str) -> list[Any]:
    return list(await connection.fetch_all(f'SELECT * FROM "{table}"'))


async def _a_moment() -> None:
    import asyncio

    await asyncio.sleep(0.01)


@asynccontextmanager
async def open_house(
    folder: Path, postgres_url: str | None = None, **environment: str
) -> AsyncIterator[House]:
    """Open a hub on a migrated database; keywords are settings of the environment.

    `folder` has a `pfh.sqlite` unless `postgres_url` names a database.
    """
    settings = load_settings(
        {
            "PFH_DATA_DIR": str(folder),
            "ADMIN_TOKEN": ADMIN_TOKEN,
            **({} if postgres_url is None else environment_of(postgres_url)),
            **environment,
        }
    )
    async with open_services(settings) as services:
        app = create_app(services, settings)
        async with running_consumers(services), client_of(app) as client:
            ann = await sign_up(client, "ann@example.org")
            bob = await sign_up(client, "bob@example.org")
            yield House(app, services, client, ann, bob)


@asynccontextmanager
async def furnished_house(
    folder: Path, postgres_url: str | None = None, **environment: str
) -> AsyncIterator[House]:
    """Open a hub as `open_house` does, both households furnished alike."""
    async with open_house(folder, postgres_url, **environment) as house:
        await furnish(house.ann)
        await furnish(house.bob)
        await house.settled()
        yield house


def client_of(app: WebApplication, address: str = "203.0.113.7") -> httpx.AsyncClient:
    """Return a client of an application that comes from an address."""
    transport = httpx.ASGITransport(
        app,  # type: ignore[arg-type]  # The same protocol under another name.
        client=(address, 50_000),
        raise_app_exceptions=False,
    )
    return httpx.AsyncClient(transport=transport, base_url=BASE, timeout=60)


async def sign_up(client: httpx.AsyncClient, email: str) -> Person:
    """Sign somebody up; the first person of a hub is its administrator."""
    wish = {
        "email": email,
        "password": PASSWORD,
        "confirmPassword": PASSWORD,
        "firstName": email.partition("@")[0].capitalize(),
        "lastName": "Oak",
        "acceptTerms": True,
    }
    answer = await client.post("/api/auth/register", json=wish)
    assert answer.status_code == 201, answer.text
    refresh = answer.cookies.get("pfh_refresh") or next(iter(answer.cookies.values()))
    client.cookies.clear()
    found = answer.json()
    return Person(client, email, found["accessToken"], refresh, found)


class Lines(logging.Handler):
    """Keeps the lines of the hub's log as they would be written."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.texts: list[str] = []
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@contextmanager
def logged() -> Iterator[Lines]:
    """Collect every line that an operator would see from here on."""
    lines, root = Lines(), logging.getLogger("pfh")
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.removeHandler(lines)
        root.setLevel(level)


def assert_problem(answer: httpx.Response) -> Json:
    """Assert that an answer is a problem that tells what to do, and return it."""
    assert answer.headers["content-type"] == PROBLEM_MEDIA, answer.text
    problem: Json = answer.json()
    assert problem["status"] == answer.status_code
    assert re.fullmatch(r"[a-z][a-z0-9_]+", problem["code"])
    assert problem["detail"]
    assert problem["correlationId"] == answer.headers["x-correlation-id"]
    return problem


async def furnish(person: Person, salt: str = "") -> Person:
    """Give a household one of everything that has an identifier."""
    post = person.done
    checking = await post(
        "POST",
        "/api/accounts",
        {"name": f"Checking{salt}", "accountType": "checking", "openingBalance": "100.00"},
    )
    savings = await post(
        "POST", "/api/accounts", {"name": f"Savings{salt}", "accountType": "savings"}
    )
    category = await post("POST", "/api/categories", {"name": f"Feasts{salt}", "kind": "expense"})
    other = await post("POST", "/api/categories", {"name": f"Frolics{salt}", "kind": "expense"})
    spent = {
        "amount": "12.34",
        "transactionType": "expense",
        "transactionDate": "2026-11-02",
        "accountId": checking["id"],
        "categoryId": category["id"],
        "payee": f"Baker{salt}",
        "tags": [f"trip{salt}"],
        "description": f"Bread{salt}",
    }
    transaction = await post("POST", "/api/transactions", spent)
    deleted = await post("POST", "/api/transactions", {**spent, "payee": f"Smith{salt}"})
    await post("DELETE", f"/api/transactions/{deleted['id']}")
    payees = (await person.done("GET", "/api/payees"))["items"]
    tags = (await person.done("GET", "/api/tags"))["items"]
    preview = await person.upload(b"Date,Amount,Payee\n2026-10-01,-5.00,Kiosk\n")
    person.owned = {
        "account": checking["id"],
        "other_account": savings["id"],
        "category": category["id"],
        "other_category": other["id"],
        "transaction": transaction["id"],
        "deleted": deleted["id"],
        "payee": payees[0]["id"],
        "other_payee": payees[-1]["id"],
        "tag": tags[0]["id"],
        "tag_name": tags[0]["name"],
        "import": preview["id"],
        "session": await _second_session(person),
    }
    return person


async def _second_session(person: Person) -> str:
    """Sign somebody in on a second device and return the id of that session."""
    login = {"email": person.email, "password": PASSWORD}
    assert (await person.client.post("/api/auth/login", json=login)).status_code == 200
    person.client.cookies.clear()
    sessions = (await person.done("GET", "/api/auth/sessions"))["items"]
    return next(str(one["id"]) for one in sessions if not one["current"])
