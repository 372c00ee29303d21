"""One Redis server as the adapters see it: bounded in time, and never waited for when it is down.

It exists so that a server that is gone costs one short wait a second for the whole process, not one
for each request, and so that its failures are counted in one place.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis, SSLConnection
from redis.asyncio.connection import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from pfh.observability.logging import get_logger
from pfh.observability.metrics import REDIS_FAILURES, REDIS_UP
from pfh.observability.spans import call_span

Result = TypeVar("Result")
TIMEOUT_SECONDS: Final = 0.5
_PAUSE_SECONDS: Final = 1.0
_CONNECTIONS_MAX: Final = 32
_LOGGER: Final = get_logger(__name__)


class RedisUnavailable(Exception):
    """The server did not answer, or is not asked just now because it did not a moment ago."""


class RedisRefused(RedisUnavailable):
    """The server answered with an error, such as a full memory; it is asked again next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisOptions:
    """Where a server is and how to sign in; `ca_file` is a PEM file, None the system's trust.

    `database` is one of Redis's numbered ones; the hub uses 0, tests use others. `timeout_seconds`
    is the longest wait for a connection and for an answer.
    """

    host: str
    port: int
    password: str = field(repr=False)
    tls: bool = False
    ca_file: str | None = None
    database: int = 0
    timeout_seconds: float = TIMEOUT_SECONDS


def connect(options: RedisOptions) -> Redis:
    """Return a client; it connects when it is first used."""
    keywords: dict[str, Any] = {
        "host": options.host,
        "port": options.port,
        "db": options.database,
        "password": options.password or None,
        "socket_timeout": options.timeout_seconds,
        "socket_connect_timeout": options.timeout_seconds,
        # No second try of its own: a throttle must not count one attempt twice.
        "retry": Retry(NoBackoff(), 0),
        "client_name": "pfh",
        "protocol": 2,
    }
    kind: type[Connection] = Connection
    if options.tls:
        kind = SSLConnection
        keywords |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
        if options.ca_file is not None:
            keywords["ssl_ca_certs"] = options.ca_file
    pool = BlockingConnectionPool(
        max_connections=_CONNECTIONS_MAX,
        timeout=options.timeout_seconds,
        connection_class=kind,
        **keywords,
    )
    return Redis.from_pool(pool)


class RedisLink:
    """A client with a memory of its last failure.

    Args:
        options: the server.
        role: `master` or `cache`, as logs and metrics call it.
    """

    def __init__(self, options: RedisOptions, role: str) -> None:
        """Keep where it is; nothing is connected yet."""
        self._client = connect(options)
        self._role = role
        self._asked_again_at = 0.0
        self._is_up: bool | None = None

    @property
    def client(self) -> Redis:
        """The client itself, for a subscription that has its own way with failures."""
        return self._client

    @property
    def role(self) -> str:
        """What logs and metrics call this server."""
        return self._role

    async def run(
        self, use: str, work: Callable[[Redis], Awaitable[Result]], *, insist: bool = False
    ) -> Result:
        """Do one piece of work with the client.

        Args:
            use: what for, as the metric calls it.
            work: any number of commands, best one pipeline or script.
            insist: ask even when the server failed a moment ago.

        Raises:
            RedisUnavailable: it cannot be reached; RedisRefused: it answered with an error.
        """
        if not insist and time.monotonic() < self._asked_again_at:
            REDIS_FAILURES.labels(self._role, use).inc()
            raise RedisUnavailable(f"the Redis server of role {self._role} failed a moment ago")
        try:
            with call_span(use, {"db.system.name": "redis", "db.operation.name": use}):
                result = await work(self._client)
        except (AuthenticationError, NoPermissionError) as error:
            raise self._down(use, error) from error
        except ResponseError as error:
            REDIS_FAILURES.labels(self._role, use).inc()
            _LOGGER.warning("redis_refused", role=self._role, use=use, reason=str(error)[:200])
            raise RedisRefused(str(error)) from error
        except (RedisError, OSError, TimeoutError) as error:
            raise self._down(use, error) from error
        self._note(is_up=True)
        return result

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose(close_connection_pool=True)

    def _down(self, use: str, error: Exception) -> RedisUnavailable:
        self._asked_again_at = time.monotonic() + _PAUSE_SECONDS
        REDIS_FAILURES.labels(self._role, use).inc()
        self._note(is_up=False, reason=f"{type(error).__name__}: {error}"[:200])
        return RedisUnavailable(f"the Redis server of role {self._role} cannot be used: {error}")

    def _note(self, *, is_up: bool, reason: str = "") -> None:
        """Tell the metric, and the log when it changed."""
        if is_up is self._is_up:
            return
        REDIS_UP.labels(self._role).set(int(is_up))
        if is_up:
            self._asked_again_at = 0.0
            if self._is_up is False:
                _LOGGER.info("redis_is_back", role=self._role)
        else:
            _LOGGER.warning("redis_is_down", role=self._role, reason=reason)
        self._is_up = is_up
