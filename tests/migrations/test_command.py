"""`pfh migrate` on both databases: what it says and the code that it ends with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

import asyncpg
import httpx
import pytest
from typer.testing import CliRunner

from pfh.entry.cli.main import build_app
from pfh.entry.web.app import create_app
from pfh.migrations import runner
from pfh.migrations.head import HEAD
from pfh.runtime.services import open_services
from pfh.runtime.settings import load_settings
from tests.migrations.releases import EXPAND, add_expand, copy_of

Run: TypeAlias = Callable[..., tuple[int, str]]


@pytest.fixture
def environment(url: str, tmp_path: Path) -> dict[str, str]:
    """Return the settings of a hub whose books are at the address."""
    if url.startswith("sqlite"):
        return {"PFH_DATA_DIR": str(tmp_path / "hub")}
    parts = urlsplit(url)
    return {
        "PFH_DATA_DIR": str(tmp_path / "hub"),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port or 5432),
        "POSTGRES_DB": parts.path.removeprefix("/"),
        "POSTGRES_USER": unquote(parts.username or ""),
        "POSTGRES_PASSWORD": unquote(parts.password or "") or "trusted by the server",
    }


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `pfh` → exit code and output."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def ran(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(build_app(), arguments)
        return result.exit_code, result.output

    return ran


def test_says_what_is_pending_and_what_was_done(url: str, run: Run) -> None:
    code, output = run("migrate", "status")
    words = "no books yet" if url.startswith("sqlite") else f"Pending {HEAD}"
    assert (code, words in output) == (1, True)
    code, output = run("migrate")
    assert (code, f"Applied {HEAD}" in output) == (0, True)
    assert run("migrate", "status") == (0, f"At {HEAD}; newest is {HEAD}.\n")
    assert run("migrate") == (0, "The schema is up to date.\n")


def test_goes_back_one_migration_at_a_time_until_nothing_is_left(run: Run) -> None:
    assert run("migrate")[0] == 0
    steps = len(list(runner.SCRIPTS.glob("*.py")))
    for _ in range(steps):
        code, output = run("migrate", "rollback", "--yes")
        assert (code, output.startswith("Undid ")) == (0, True)
        assert run("migrate", "status")[0] == 1
    assert run("migrate", "rollback", "--yes")[0] == 1
    assert run("migrate")[0] == 0
    assert run("migrate", "status")[0] == 0


@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_answers_no_when_a_table_stays_locked(
    url: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await asyncio.to_thread(run, "migrate"))[0] == 0
    scripts = copy_of(runner.SCRIPTS, tmp_path / "versions")
    add_expand(scripts)
    monkeypatch.setattr(runner, "SCRIPTS", scripts)
    holder = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        async with holder.transaction():
            await holder.fetchval("SELECT count(*) FROM accounts")
            code, output = await asyncio.to_thread(run, "migrate", "--patience", "2")
            assert (code, "Waiting: a table is locked" in output) == (1, True)
            assert "gave up after 2 s, and nothing of the migration" in output
            code, output = await asyncio.to_thread(run, "migrate", "status")
            assert (code, f"At {HEAD}; newest is {EXPAND}." in output) == (1, True)
    finally:
        await holder.close()
    code, output = await asyncio.to_thread(run, "migrate")
    assert (code, f"Applied {EXPAND}" in output) == (0, True)


async def test_is_not_ready_while_a_migration_is_pending(
    url: str, environment: dict[str, str], run: Run
) -> None:
    settings = load_settings(environment)
    async with open_services(settings) as services:
        app = create_app(services, settings, consumers={})
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # The same protocol.
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.json()["code"]) == (503, "migrations_pending")
            assert answer.headers["retry-after"] == "2"
    assert (await asyncio.to_thread(run, "migrate"))[0] == 0
    async with open_services(settings) as services:
        app = create_app(services, settings, consumers={})
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # The same protocol.
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
            assert (await client.get("/readyz")).status_code == 200
