"""Books with a row in every table: three households, open imports, trash, merges, sessions."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from pfh.features.demo.api import create_demo_household
from pfh.ports.database import Connection, Database
from pfh.runtime.move.move_books import Moved, Wish, move_books
from pfh.runtime.move.progress import Silent
from pfh.runtime.move.tables import moved_tables
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings, load_settings
from tests.integration.hostile.house import House, Json, Person, furnished_house

Rows: TypeAlias = dict[str, list[tuple[Any, ...]]]
COMMAND = [sys.executable, "-c", "from pfh.entry.cli.main import run; run()"]

# Tables that need a server, or a feature that none of the steps below uses.
_NOBODY_WRITES_YET = (
    "INSERT INTO language_model_usage (day, tokens) VALUES ('2026-11-01', 7)",
    """INSERT INTO mail_outbox (mail_id, kind, language, recipient, content, correlation_id, state,
                                attempts, created_at, due_at)
       VALUES (1, 'a kind', 'en', 'ann@example.org', '{}', 'c', 'dead', 1, 1, 1)""",
)


async def make_rich_books(folder: Path) -> None:
    """Fill the migrated `pfh.sqlite` of a folder, and stop as a hub does."""
    async with furnished_house(folder) as house:
        await create_demo_household(house.services)
        await _live(house)
        await house.settled()


async def _live(house: House) -> None:
    ann = house.ann
    owned = ann.owned
    await ann.done(
        "POST", f"/api/categories/{owned['category']}/merge", {"intoId": owned["other_category"]}
    )
    await ann.done("POST", f"/api/payees/{owned['payee']}/merge", {"intoId": owned["other_payee"]})
    for statement in _NOBODY_WRITES_YET:
        await house.change(statement)
    rate = {"commodity": "USD", "quote": "EUR", "date": "2026-10-31", "rate": "0.9123"}
    assert (await ann.send("PUT", "/api/rates", rate)).is_success
    account = {"name": "Held by key", "accountType": "cash"}
    assert (await ann.send("POST", "/api/accounts", account, key="a-key-of-mine-0001")).is_success
    # One that is booked, with quotes, emoji and several bytes a letter; its preview stays open.
    content = "Date,Amount,Payee\n2026-10-02,-7.50,\"Café 'Łódź' 😀\"\n2026-10-03,-1.00,Kiosk\n"
    preview = await ann.upload(content.encode(), "second.csv")
    chosen = {"mapping": preview["mapping"]}
    preview = await ann.done("PATCH", f"/api/imports/{preview['id']}", chosen)
    await _until(ann, preview, "preview")
    await ann.done("POST", f"/api/imports/{preview['id']}/commit")
    await _until(ann, preview, "committed")


async def _until(ann: Person, found: Json, status: str) -> None:
    """Wait until the worker has brought an import there."""
    for _ in range(600):
        found = await ann.done("GET", f"/api/imports/{found['id']}")
        if found["status"] == status:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(found)


def sqlite_settings(folder: Path) -> Settings:
    return load_settings({"PFH_DATA_DIR": str(folder)})


def postgres_environment(folder: Path, url: str) -> dict[str, str]:
    parts = urlsplit(url)
    return {
        "PFH_DATA_DIR": str(folder),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_DB": parts.path.lstrip("/"),
        "POSTGRES_USER": unquote(parts.username or ""),
        "POSTGRES_PASSWORD": unquote(parts.password or ""),
    }


def postgres_settings(folder: Path, url: str) -> Settings:
    return load_settings(postgres_environment(folder, url))


def environment_file(path: Path, environment: Mapping[str, str]) -> Path:
    lines = [f"{name}='{value}'" for name, value in environment.items()]
    path.write_text("# the target\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


async def moved(source: Settings, target: Settings, **wish: bool) -> Moved:
    return await move_books(Wish(source=source, target=target, **wish), Silent())


async def rows_of(settings: Settings) -> Rows:
    """Return every row of every moved table as the database port gives it, sorted by itself."""
    async with open_services(settings, exclusive=False) as services:
        return await _rows(services.database)


async def _rows(database: Database) -> Rows:
    async def unit(connection: Connection) -> Rows:
        found = {}
        for table in moved_tables():
            columns = ", ".join(f'"{column}"' for column in table.columns)
            rows = await connection.fetch_all(f'SELECT {columns} FROM "{table.name}"')
            found[table.name] = sorted((tuple(row) for row in rows), key=repr)
        return found

    return await database.read(unit)


async def change(settings: Settings, sql: str, *arguments: int | str) -> int:
    """Change rows behind the back of the program; returns how many."""
    async with open_services(settings, exclusive=False) as services:
        return await services.database.write(lambda connection: connection.execute(sql, *arguments))


async def revision_of(settings: Settings) -> str:
    async with open_services(settings, exclusive=False) as services:
        return str(
            await services.database.read(
                lambda connection: connection.fetch_value("SELECT version_num FROM alembic_version")
            )
        )


def content_of(folder: Path) -> dict[str, str]:
    """Return a digest of each file of a data folder, and of what the books in it hold.

    The file of the books is judged by what it says: SQLite may fold its log into it.
    """
    found = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(("pfh.sqlite", "pfh.lock"))
    }
    with closing(sqlite3.connect(folder / "pfh.sqlite")) as file:
        found["books"] = hashlib.sha256("\n".join(file.iterdump()).encode()).hexdigest()
    return found


def run_pfh(
    environment: Mapping[str, str], *arguments: str, program: list[str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [*(program or COMMAND), *arguments],
        env={**os.environ, "PYTHONPATH": "src:.", **environment},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def is_empty(reader_rows: Rows) -> list[str]:
    return [name for name, rows in reader_rows.items() if not rows]
