"""Finds or starts PostgreSQL and makes databases in it.

Order: `PFH_TEST_POSTGRES_URL` (a user that may create databases), then the newest binaries in
`/usr/lib/postgresql/*/bin` or in PATH. Our own server lives in the run's directory, listens on
127.0.0.1 alone, and does not wait for the disk: its data is thrown away.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from pfh.entry.cli.stack import postgres
from pfh.entry.cli.stack.postgres import native_binaries
from tests.servers.found import Missing, Server
from tests.servers.run_directory import RunDirectory

THROWAWAY_SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = '128MB'
"""
# Copying files is half the work of PostgreSQL's own choice, which writes every page twice.
COPIED: Final = "STRATEGY FILE_COPY"
Result = TypeVar("Result")


def find_postgres(run: RunDirectory) -> Server:
    """Return a server in which databases can be created.

    Raises:
        Missing: there is no address in the environment and no binary, or it does not start.
    """
    url = os.environ.get("PFH_TEST_POSTGRES_URL")
    if url:
        return Server(url, _version(url), "environment")
    binaries = native_binaries()
    directory = run.path / "postgres"
    url = start_cluster(binaries, directory)
    run.own_process(postgres.process_id(directory / "data"))
    return Server(url, _version(url), "native")


def start_cluster(binaries: Path, directory: Path, *, settings: str = "") -> str:
    """Start a cluster that does not wait for the disk; see `pfh.entry.cli.stack.postgres`."""
    return postgres.start_cluster(binaries, directory, settings=THROWAWAY_SETTINGS + settings)


def _version(url: str) -> str:
    async def ask() -> str:
        connection = await asyncpg.connect(url)
        try:
            version: str = await connection.fetchval("SHOW server_version")
            return version.partition(" ")[0]
        finally:
            await connection.close()

    try:
        return _wait_for(ask())
    except (OSError, asyncpg.PostgresError) as error:
        raise Missing(f"the server at PFH_TEST_POSTGRES_URL does not answer: {error}") from error


def _in_thread(function: Callable[..., Result], *arguments: object) -> Result:
    # In a thread of its own, so that the event loop of a test is neither needed nor disturbed.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments).result()


def _wait_for(coroutine: Coroutine[Any, Any, Result]) -> Result:
    return _in_thread(lambda: asyncio.run(coroutine))


@dataclass(frozen=True, slots=True)
class OwnPostgres:
    """A server that one test has to itself, so that it may stop it; always from native binaries.

    Start one with `start_own_postgres`, and stop it at the end.
    """

    url: str
    binaries: Path
    directory: Path

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` breaks every connection, `immediate` is a crash."""
        self._control("stop", "-m", mode)

    def start(self) -> None:
        """Start it again on its port, and return when it takes connections."""
        self._control("start")

    def _control(self, *words: str) -> None:
        postgres.control(self.binaries, self.directory / "data", *words)


def start_own_postgres(run: RunDirectory, *, settings: str = "") -> OwnPostgres:
    """Start a server beside that of the run; `settings` are more lines of postgresql.conf.

    Raises:
        Missing: there are no binaries.
    """
    binaries = native_binaries()
    directory = run.path / f"postgres-{secrets.token_hex(4)}"
    return OwnPostgres(start_cluster(binaries, directory, settings=settings), binaries, directory)


@dataclass(frozen=True, slots=True)
class PostgresDatabases:
    """Makes databases in the server of the run; names are unique among its workers."""

    run: RunDirectory
    server_url: str

    def create(self, template: str = "template0") -> str:
        """Create a database, empty or cloned from `template`, and return its URL."""
        name = f"pfh_{secrets.token_hex(8)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {COPIED}')
        return self._url(name)

    def create_prepared(self, name: str, prepare: Callable[[str], None]) -> str:
        """Create a database cloned from a template that `prepare(url)` fills once a run.

        Args:
            name: of the template; the same name must always go with the same `prepare`.
            prepare: for example, runs every migration; it must close its connections.
        """
        template = f"pfh_template_{name}_{self.run.path.name.rpartition('-')[2]}".lower()
        with self.run.lock(template):
            if self.run.read(template) is None:
                self._execute(f'CREATE DATABASE "{template}" TEMPLATE template0')
                _in_thread(prepare, self._url(template))
                self.run.write(template, {"url": self._url(template)})
        return self.create(template)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        name = urlsplit(url).path.lstrip("/")
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def drop_templates(self) -> None:
        """Drop the templates of this run, for a server that lives longer than the run."""
        for file in self.run.path.glob("pfh_template_*.json"):
            self.drop(self._url(file.stem))

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.server_url)._replace(path=f"/{name}"))

    def _execute(self, sql: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(self.server_url)
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        _wait_for(execute())
