"""The tables, units and meetings that the tests of the database port share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, Protocol, TypeAlias

from pfh.ports.database import Connection, Database

Opener: TypeAlias = Callable[[], Awaitable[Database]]
INT64_MAX = 2**63 - 1
CORRELATION: ContextVar[str] = ContextVar("CORRELATION", default="none")

SCHEMA = {
    "sqlite": (
        "DROP TABLE IF EXISTS payments",
        "DROP TABLE IF EXISTS accounts",
        """CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
           balance INTEGER NOT NULL DEFAULT 0, opened_on TEXT, digest BLOB,
           CONSTRAINT uq_accounts_name UNIQUE (name)) STRICT""",
        """CREATE TABLE payments (id INTEGER PRIMARY KEY,
           account_id INTEGER NOT NULL REFERENCES accounts (id),
           promised_id INTEGER REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED) STRICT""",
    ),
    "postgres": (
        "DROP TABLE IF EXISTS payments",
        "DROP TABLE IF EXISTS accounts",
        """CREATE TABLE accounts (id BIGINT PRIMARY KEY, name TEXT NOT NULL,
           balance BIGINT NOT NULL DEFAULT 0, opened_on DATE, digest BYTEA,
           CONSTRAINT uq_accounts_name UNIQUE (name))""",
        """CREATE TABLE payments (id BIGINT PRIMARY KEY,
           account_id BIGINT NOT NULL REFERENCES accounts (id),
           promised_id BIGINT REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED)""",
    ),
}
INSERT = "INSERT INTO accounts (id, name, balance) VALUES ($1, $2, $3)"
PROMISE = "INSERT INTO payments (id, account_id, promised_id) VALUES ($1, $2, $3)"


class Refused(Exception):
    """What a use-case raises on purpose."""


class Meeting(Protocol):
    """A point at which a unit stops until the test lets it go on."""

    async def inside(self) -> None:
        """Say that the unit is here and wait; awaits nothing foreign where that is forbidden."""
        ...

    async def reached(self) -> None:
        """Wait, on the loop, until the unit is there."""
        ...

    def resume(self) -> None:
        """Let the unit go on."""
        ...


async def create_schema(connection: Connection) -> None:
    for statement in SCHEMA[connection.dialect]:
        await connection.execute(statement)


def adds(account_id: int, name: str | None = None, balance: int = 0) -> Callable[[Connection], Any]:
    async def unit(connection: Connection) -> int:
        return await connection.execute(INSERT, account_id, name or f"a{account_id}", balance)

    return unit


def promises(payment_id: int, account_id: int, promised_id: int) -> Callable[[Connection], Any]:
    async def unit(connection: Connection) -> int:
        await connection.execute(PROMISE, payment_id, account_id, promised_id)
        return payment_id

    return unit


async def account_ids(database: Database) -> list[int]:
    async def unit(connection: Connection) -> list[int]:
        rows = await connection.fetch_all("SELECT id FROM accounts ORDER BY id")
        return [row[0] for row in rows]

    return await database.read(unit)
