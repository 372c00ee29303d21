"""A PostgreSQL primary with a streaming replica, for tests that delay, stop or promote them.

Both live in one directory, listen on 127.0.0.1 alone and are made from native binaries. The first
database, the role and its password are the same on both, since the second is a copy of the first.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg

from pfh.entry.cli.stack import postgres
from pfh.entry.cli.stack.postgres import PRIMARY_SETTINGS, native_binaries
from tests.servers.postgres import start_cluster
from tests.servers.run_directory import RunDirectory

PATIENCE_SECONDS = 60.0
STEP_SECONDS = 0.02
# A commit is acknowledged when the replica has it on its disk, too.
SYNCHRONOUS_SETTINGS = """
synchronous_commit = on
synchronous_standby_names = '*'
"""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PostgresNode:
    """One of the two servers.

    Args:
        url: of its first database.
        binaries: the folder of the server's programs.
        directory: of both servers; this one's data are in `name` below it.
        name: `data` of the primary, `replica` of the copy.
    """

    url: str
    binaries: Path
    directory: Path
    name: str

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return urlsplit(self.url).port or 0

    def start(self) -> None:
        """Start it on its port and return when it takes connections."""
        self._control("start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` breaks every connection, `immediate` is a crash."""
        self._control("stop", "-m", mode)

    def promote(self) -> None:
        """Make the replica a primary, and return when it takes writes."""
        self._control("promote")

    def runs(self) -> bool:
        """Tell whether the server's process is there."""
        return (self.directory / self.name / "postmaster.pid").exists()

    def pause_replay(self) -> None:
        """Let the replica receive what the primary wrote, and show none of it, until `resume`."""
        self.query("SELECT pg_wal_replay_pause()")
        self.wait_until("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def resume_replay(self) -> None:
        """Let the replica go on."""
        self.query("SELECT pg_wal_replay_resume()")

    def set_replay_delay(self, seconds: float) -> None:
        """Let the replica show each commit so much later than the primary made it; 0 ends that."""
        self.configure("recovery_min_apply_delay", f"{round(seconds * 1000)}ms")

    def configure(self, name: str, value: str) -> None:
        """Change one setting of the running server that needs no restart."""
        # ALTER SYSTEM takes no parameters; these are constants of the tests.
        self.query(f"ALTER SYSTEM SET {name} = '{value}'")
        self.query("SELECT pg_reload_conf()")

    def catch_up_with(self, primary: PostgresNode) -> None:
        """Wait until this replica shows everything that the primary has written so far."""
        written = primary.query("SELECT pg_current_wal_insert_lsn()::text")
        self.wait_until(f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn")

    def query(self, sql: str) -> Any:  # noqa: ANN401 -- a column's own type
        """Run one statement outside of a transaction and return its first value."""

        async def ask() -> Any:  # noqa: ANN401 -- a column's own type
            connection = await asyncpg.connect(self.url, timeout=PATIENCE_SECONDS)
            try:
                return await connection.fetchval(sql)
            finally:
                await connection.close()

        return _wait_for(ask())

    def wait_until(self, sql: str) -> None:
        """Ask a question until its answer is true."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.query(sql):
            if time.monotonic() > until:
                raise TimeoutError(f"not within {PATIENCE_SECONDS} s: {sql}")
            time.sleep(STEP_SECONDS)

    def _control(self, *words: str) -> None:
        postgres.control(self.binaries, self.directory / self.name, *words)


@dataclass(frozen=True, slots=True)
class ReplicatedPostgres:
    """The two servers; stop both at the end of the test with `stop`."""

    primary: PostgresNode
    replica: PostgresNode

    @property
    def hosts(self) -> str:
        """Both hosts, as POSTGRES_HOST takes them."""
        return "127.0.0.1,127.0.0.1"

    @property
    def ports(self) -> str:
        """Both ports in the order of the hosts."""
        return f"{self.primary.port},{self.replica.port}"

    def stop(self) -> None:
        """End both as a power cut would."""
        for node in (self.replica, self.primary):
            if node.runs():
                node.stop("immediate")


def start_replicated_postgres(
    run: RunDirectory, *, synchronous: bool = False, settings: str = ""
) -> ReplicatedPostgres:
    """Start a primary and a replica that streams from it, both with an empty database.

    Args:
        run: whose directory holds the data.
        synchronous: a commit waits until the replica has it; else it is sent soon after.
        settings: more lines of postgresql.conf, for both.

    Raises:
        Missing: there are no binaries, or they do not start.
    """
    binaries = native_binaries()
    directory = run.path / f"replicated-{secrets.token_hex(4)}"
    url = start_cluster(binaries, directory, settings=PRIMARY_SETTINGS + settings)
    primary = PostgresNode(url, binaries, directory, "data")
    try:
        copied = postgres.start_copy(binaries, directory, "replica", of=url)
        replica = PostgresNode(copied, binaries, directory, "replica")
        if synchronous:
            # Only now: without a replica a commit would wait for ever.
            with (directory / "data" / "postgresql.auto.conf").open("a") as file:
                file.write(SYNCHRONOUS_SETTINGS)
            primary.query("SELECT pg_reload_conf()")
            primary.wait_until("SELECT bool_or(sync_state = 'sync') FROM pg_stat_replication")
    except BaseException:
        ReplicatedPostgres(primary, PostgresNode(url, binaries, directory, "replica")).stop()
        raise
    return ReplicatedPostgres(primary, replica)


def _wait_for(coroutine: Coroutine[Any, Any, Result]) -> Result:
    # In a thread of its own, so that the event loop of a test is neither needed nor disturbed.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(coroutine)).result()
