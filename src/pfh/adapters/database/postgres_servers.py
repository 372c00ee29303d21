"""Which of several PostgreSQL servers is connected to: the primary, wherever it is by now.

It exists so that a failover needs no restart: the list of hosts stays, and who takes the writes is
found out whenever a connection is made. A primary is known by its timeline, which every promotion
raises: one that came back after its replica was promoted takes writes, too, and must get none.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg

from pfh.ports.database import DatabaseUnavailable

Role: TypeAlias = Literal["primary", "replica"]
RawConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_DEFAULT_PORT: Final = 5432
# How long a first primary waits for another one, which may have been promoted later.
_GRACE_SECONDS: Final = 1.0
# The first eight digits of a WAL file's name are the timeline; a replica writes none.
_WHO: Final = """
    SELECT CASE WHEN pg_is_in_recovery() THEN '' ELSE pg_walfile_name(pg_current_wal_lsn()) END"""
FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class _Candidate(NamedTuple):
    """A connection and what its server is: timeline 0 is a replica."""

    timeline: int
    place: int
    connection: RawConnection


class NoSuchRole(DatabaseUnavailable):
    """Servers answer, but none of them is what is looked for."""


class PostgresServers:
    """The servers of one URL, `postgresql://user:password@host:port,host:port/database`.

    A URL with one host is connected to as it is, whatever its role.
    """

    def __init__(self, url: str, role: Role, *, tls: ssl.SSLContext | None = None) -> None:
        """Parse the URL; `tls` None goes by its `sslmode` and `sslrootcert`."""
        self.timeline = 0
        self.on_promotion: Callable[[], Awaitable[None]] | None = None
        self._url = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        self._role: Role = role
        self._places = places_of(self._url)
        self._tls: dict[str, Any] = {} if tls is None else {"ssl": tls}
        if not self._tls and _trusts_the_system(self._url):
            self._tls = {"ssl": ssl.create_default_context()}
        self._last: int | None = None

    async def connect(self, *_: object, **settings: Any) -> RawConnection:  # noqa: ANN401 -- the driver's own
        """Connect to the server with the role; `settings` are the driver's.

        Raises:
            The driver's errors, of the last server that was tried; NoSuchRole.
        """
        if len(self._places) <= 1:
            return await asyncpg.connect(self._url, **self._tls, **settings)
        if self._last is not None:
            last, self._last = self._last, None
            try:
                found = await self._look_at(last, settings)
            except FAILURES:
                found = None
            if found is not None and self._fits(found):
                self._last = found.place
                return found.connection
            if found is not None:
                found.connection.terminate()
        return await self._search(settings)

    async def _search(self, settings: dict[str, Any]) -> RawConnection:
        """Ask every server at once and take the best; the others' connections are cut."""
        tasks = [
            asyncio.create_task(self._look_at(place, settings))
            for place in range(len(self._places))
        ]
        best: _Candidate | None = None
        try:
            await self._wait_for_the_best(tasks)
            fitting = [task.result() for task in tasks if _succeeded(task)]
            best = max(filter(self._fits, fitting), default=None)
        finally:
            for task in tasks:
                task.cancel()
                task.add_done_callback(lambda ended: _cut(ended, unless=best))
        if best is None:
            errors = [error for task in tasks if (error := _error(task)) is not None]
            raise errors[-1] if len(errors) == len(tasks) else self._nobody(tasks)
        await self._note(best)
        return best.connection

    async def _wait_for_the_best(self, tasks: list[asyncio.Task[_Candidate]]) -> None:
        pending, limit = set(tasks), None
        while pending:
            done, pending = await asyncio.wait(
                pending, timeout=limit, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return
            if any(_succeeded(task) and self._fits(task.result()) for task in done):
                limit = _GRACE_SECONDS

    async def _look_at(self, place: int, settings: dict[str, Any]) -> _Candidate:
        host, port = self._places[place]
        connection = await asyncpg.connect(self._url, host=host, port=port, **self._tls, **settings)
        try:
            file: str = await connection.fetchval(_WHO, timeout=settings.get("timeout"))
        except BaseException:
            connection.terminate()
            raise
        return _Candidate(int(file[:8], 16) if file else 0, place, connection)

    def _fits(self, found: _Candidate) -> bool:
        if self._role == "replica":
            return found.timeline == 0
        return 0 < found.timeline >= self.timeline

    async def _note(self, found: _Candidate) -> None:
        self._last = found.place
        known, self.timeline = self.timeline, max(self.timeline, found.timeline)
        if 0 < known < self.timeline and self.on_promotion is not None:
            # Connections to the primary of before must not be used again.
            await self.on_promotion()

    def _nobody(self, tasks: Iterable[asyncio.Task[_Candidate]]) -> NoSuchRole:
        found = [task.result().timeline for task in tasks if _succeeded(task)]
        if self._role == "primary" and any(found):
            return NoSuchRole("only a primary from before the last failover answers")
        return NoSuchRole(f"no server of the list is a {self._role} now")


def places_of(url: str) -> list[tuple[str, int]]:
    """Return host and port of every server in a URL, in its order.

    Example: `postgresql://u:p@a,[::1]:5433/hub` → `[("a", 5432), ("::1", 5433)]`.
    """
    places = []
    for one in urlsplit(url).netloc.rpartition("@")[2].split(","):
        if not one:
            continue
        host, colon, port = one.rpartition(":")
        if not colon or port.endswith("]"):
            host, port = one, str(_DEFAULT_PORT)
        places.append((host.strip("[]"), int(port)))
    return places


def _trusts_the_system(url: str) -> bool:
    """Tell whether a certificate is demanded and no authority is named: the system's then.

    The driver would look for them in the home directory alone.
    """
    query = parse_qs(urlsplit(url).query)
    return query.get("sslmode") == ["verify-full"] and "sslrootcert" not in query


def _succeeded(task: asyncio.Task[_Candidate]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _error(task: asyncio.Task[_Candidate]) -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None


def _cut(task: asyncio.Task[_Candidate], *, unless: _Candidate | None) -> None:
    """Close a connection that was not chosen, or came too late."""
    if _succeeded(task) and task.result() is not unless:
        task.result().connection.terminate()
