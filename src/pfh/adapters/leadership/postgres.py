"""The leadership port by PostgreSQL's advisory locks, each on a connection of its own.

It exists because a lock of a session ends with its connection, by itself: a killed process needs no
timeout, and a standby leads within its next try. A machine that falls silent is given up by the
server within five seconds, and notices itself by `confirm` within two.
"""

from __future__ import annotations

import asyncio
import contextlib
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

from pfh.adapters.database.postgres_connection import DRIVER_ERRORS
from pfh.adapters.database.postgres_errors import unreachable
from pfh.adapters.database.postgres_servers import PostgresServers
from pfh.ports.database import DatabaseUnavailable

if TYPE_CHECKING:
    import asyncpg

    from pfh.ports.leadership import Leadership, Lease

    RawConnection: TypeAlias = asyncpg.Connection[asyncpg.Record]

CONFIRM_SECONDS: Final = 2.0
_CONNECT_SECONDS: Final = 2.0
# A packet a second after the first silent one; the third without an answer ends the session.
_SERVER_SETTINGS: Final = {
    "tcp_keepalives_idle": "1",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "4000",
    # The session is idle between two questions, and must stay.
    "idle_session_timeout": "0",
}
_KEY_BYTES: Final = 8


class PostgresLeadership:
    """Asks the books' own server who leads.

    Args:
        url: as the database has it; of several hosts the primary is asked, since a standby server
            gives no locks. Through a pooler that gives sessions away between transactions it does
            not work.
    """

    def __init__(self, url: str) -> None:
        """Remember where to ask; connects when first used."""
        self._servers = PostgresServers(url, "primary")
        self._waiting: RawConnection | None = None

    async def try_lead(self, work: str) -> PostgresLease | None:
        """Return the lease, or None while another leads; see the port."""
        try:
            connection = self._waiting or await self._connect(work)
            self._waiting = connection
            async with asyncio.timeout(CONFIRM_SECONDS):
                is_ours = await connection.fetchval("SELECT pg_try_advisory_lock($1)", key(work))
        except DatabaseUnavailable:
            await self.close()
            raise
        except DRIVER_ERRORS as error:
            await self.close()
            raise unreachable(error) from error
        if not is_ours:
            return None
        self._waiting = None
        return PostgresLease(connection)

    async def close(self) -> None:
        """Let go of the connection of one that still waits."""
        if self._waiting is not None:
            self._waiting.terminate()
            self._waiting = None

    async def _connect(self, work: str) -> RawConnection:
        settings = {**_SERVER_SETTINGS, "application_name": f"pfh {work}"}
        return await self._servers.connect(
            timeout=_CONNECT_SECONDS, server_settings=settings, statement_cache_size=0
        )


class PostgresLease:
    """A lock that lives in one session of the server."""

    __slots__ = ("_connection",)

    def __init__(self, connection: RawConnection) -> None:
        """Take over the connection that has the lock."""
        self._connection = connection

    async def confirm(self) -> bool:
        """Ask through the session itself; one that does not answer in time is cut."""
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                await self._connection.fetchval("SELECT 1")
        except DRIVER_ERRORS:
            self._connection.terminate()
            return False
        return True

    async def release(self) -> None:
        """End the session, and with it the lock."""
        with contextlib.suppress(*DRIVER_ERRORS):
            await self._connection.close(timeout=_CONNECT_SECONDS)


def key(work: str) -> int:
    """Return the number of the lock: 64 bits of the name's digest, signed as PostgreSQL wants."""
    octets = sha256(f"pfh:{work}".encode()).digest()[:_KEY_BYTES]
    return int.from_bytes(octets, "big", signed=True)


if TYPE_CHECKING:

    def _keeps_the_contract(leadership: PostgresLeadership) -> Leadership:
        return leadership

    def _lease_keeps_it(lease: PostgresLease) -> Lease:
        return lease
