"""`pfh dev stack` with the real servers of this machine, and a hub that lives on them."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from pfh.entry.cli.stack.record import Record
from tests.servers import registry
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
PROGRAM = [sys.executable, "-c", "from pfh.entry.cli.main import run; run()"]
# The server that a test run may demand → the parts of the stack that it stands for.
PARTS = {
    "postgres": ["postgres-primary", "postgres-replica"],
    "kafka": ["kafka-1", "kafka-2", "kafka-3"],
    "redis": ["redis-master", "redis-cache"],
    "mongo": ["mongodb"],
    "s3": ["s3"],
}


@dataclass(frozen=True)
class Stack:
    """One stack and what `up` printed."""

    state: Path
    output: str

    @property
    def record(self) -> Record:
        found = Record.load(self.state)
        assert found is not None
        return found

    @property
    def settings(self) -> dict[str, str]:
        words = shlex.split(self.record.environment.read_text(encoding="utf-8"))
        return dict(word.split("=", 1) for word in words)

    def run(self, *arguments: str, settings: Mapping[str, str] | None = None) -> tuple[int, str]:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            env={**os.environ, "COLUMNS": "200", **(settings or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def control(self, word: str) -> tuple[int, str]:
        return self.run("dev", "stack", word, "--state", str(self.state))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a stack of the servers that this machine has."""
    begun = Stack(tmp_path_factory.mktemp("stack") / "state", "")
    try:
        _, output = begun.control("up")
        yield Stack(begun.state, output)
    finally:
        code, output = begun.control("down")
    assert code == 0, output


def test_every_demanded_server_runs_and_a_missing_one_has_a_reason(stack: Stack) -> None:
    running = {server.name for server in stack.record.servers}
    demanded = [part for name in registry.required_servers() for part in PARTS.get(name, [])]
    assert set(demanded) <= running, stack.output
    for absent in stack.record.absent:
        assert absent.reason
        assert absent.reason[:40] in stack.output
    assert stack.control("status")[0] == (0 if running else 1)


def test_second_start_starts_nothing(stack: Stack) -> None:
    before = stack.record
    stack.control("up")
    after = stack.record
    assert (after.servers, after.directory) == (before.servers, before.directory)


def test_no_argument_of_a_server_holds_a_password(stack: Stack) -> None:
    secrets = [value for name, value in stack.settings.items() if name.endswith(("WORD", "KEY"))]
    lines = [
        Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8")
        for process in stack.record.processes
        if process.runs
    ]
    # The name of the S3 key is no secret.
    hidden = [secret for secret in secrets if len(secret) >= 32]
    assert hidden
    assert [secret for secret in hidden for line in lines if secret in line] == []


@pytest.mark.postgres
def test_hub_migrates_and_every_server_answers_it(stack: Stack) -> None:
    code, output = stack.run("migrate", settings=stack.settings)
    assert code == 0, output

    def is_whole() -> bool:
        return stack.run("config", "check", settings=stack.settings)[0] == 0

    # Each probe has a limit of seconds, which a busy machine may pass.
    wait_until(is_whole, what="servers that all answer")
    asyncio.run(asyncio.wait_for(_replica_follows(stack.settings), 60))


async def _replica_follows(settings: Mapping[str, str]) -> None:
    """Wait until the replica has the tables that were made on the primary."""
    connection = await asyncpg.connect(
        host=settings["POSTGRES_READ_HOST"],
        port=int(settings["POSTGRES_READ_PORT"]),
        user=settings["POSTGRES_USER"],
        password=settings["POSTGRES_PASSWORD"],
        database=settings["POSTGRES_DB"],
    )
    try:
        assert await connection.fetchval("SELECT pg_is_in_recovery()")
        ask = "SELECT to_regclass('postings')"
        while await connection.fetchval(ask) is None:  # noqa: ASYNC110 -- another process changes it
            await asyncio.sleep(0.05)
    finally:
        await connection.close()
