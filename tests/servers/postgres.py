"""Finds or starts PostgreSQL and makes databases in it.

Order: `PFH_TEST_POSTGRES_URL` (a user that may create databases), then the newest binaries in
`/usr/lib/postgresql/*/bin` or in PATH. Our own server lives in the run's directory, listens on
127.0.0.1 alone, and does not wait for the disk: its data is thrown away.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.servers.found import Missing, Server
from tests.servers.local_process import free_port
from tests.servers.run_directory import RunDirectory

NATIVE_ROOT = Path("/usr/lib/postgresql")
SYSTEM_USER = "postgres"
START_TRIES = 3
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 200
shared_buffers = '64MB'
fsync = off
synchronous_commit = off
full_page_writes = off
timezone = 'UTC'
"""
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
    # The first line of this file is the process id of the server.
    run.own_process(int((directory / "data" / "postmaster.pid").read_text().split()[0]))
    return Server(url, _version(url), "native")


def native_binaries() -> Path:
    """Return the folder of the newest server's programs; raises Missing."""

    def major(directory: Path) -> int:
        return int(directory.parent.name) if directory.parent.name.isdigit() else 0

    native = [path for path in NATIVE_ROOT.glob("*/bin") if (path / "initdb").exists()]
    if native:
        return max(native, key=major)
    in_path = shutil.which("initdb")
    if in_path:
        return Path(in_path).resolve().parent
    raise Missing(f"neither PFH_TEST_POSTGRES_URL nor {NATIVE_ROOT}/*/bin nor initdb in PATH")


def start_cluster(binaries: Path, directory: Path, *, settings: str = "") -> str:
    """Make a cluster in `directory`, start it and return the URL of its first database.

    `settings` are lines of postgresql.conf that go after those of every test server.
    """
    password = secrets.token_hex(16)
    directory.mkdir()
    password_file = directory / "password"
    password_file.write_text(password, encoding="ascii")
    prefix = as_system_user(directory)
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    data = directory / "data"
    initdb = [*prefix, f"{binaries}/initdb", "-D", f"{data}", "-U", "app", "-A", "scram-sha-256"]
    initdb += [f"--pwfile={password_file}", "--no-sync", "-E", "UTF8", f"--locale={locale}"]
    run_command(initdb)
    start = [*prefix, f"{binaries}/pg_ctl", "-D", f"{data}", "-w", "-l", f"{directory}/log"]
    for attempt in range(1, START_TRIES + 1):
        port = free_port()
        with (data / "postgresql.auto.conf").open("w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(port=port) + settings)
        try:
            run_command([*start, "start"])
        except Missing:
            # Another process may have taken the port since.
            if attempt == START_TRIES:
                raise
        else:
            return f"postgresql://app:{password}@127.0.0.1:{port}/postgres"
    raise AssertionError("the loop returns or raises")


def as_system_user(directory: Path) -> tuple[str, ...]:
    """Return the prefix of commands that must not run as root, and give the directory away."""
    if os.geteuid() != 0:
        return ()
    try:
        user = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise Missing(f"PostgreSQL refuses to run as root, and no user {SYSTEM_USER}") from None
    for path in (directory, *directory.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    return ("runuser", "-u", SYSTEM_USER, "--")


def run_command(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a command of the server and wait for it; raises Missing when it fails."""
    # No pipe: pg_ctl leaves it to the server, which would never close it.
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={**os.environ, **(environment or {})},
        check=False,
    )
    if done.returncode != 0:
        raise Missing(f"code {done.returncode} from: {' '.join(command)}")


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
        prefix = as_system_user(self.directory)
        data = self.directory / "data"
        log = self.directory / "log"
        run_command(
            [*prefix, f"{self.binaries}/pg_ctl", "-D", f"{data}", "-w", "-l", f"{log}", *words]
        )


def start_own_postgres(run: RunDirectory) -> OwnPostgres:
    """Start a server beside that of the run.

    Raises:
        Missing: there are no binaries.
    """
    binaries = native_binaries()
    directory = run.path / f"postgres-{secrets.token_hex(4)}"
    return OwnPostgres(start_cluster(binaries, directory), binaries, directory)


@dataclass(frozen=True, slots=True)
class PostgresDatabases:
    """Makes databases in the server of the run; names are unique among its workers."""

    run: RunDirectory
    server_url: str

    def create(self, template: str = "template0") -> str:
        """Create a database, empty or cloned from `template`, and return its URL."""
        name = f"pfh_{secrets.token_hex(8)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
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
