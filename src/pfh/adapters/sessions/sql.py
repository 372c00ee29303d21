"""The live sessions, read from SQL: the truth of the session port when there is no Redis.

When the process is the only one that serves from the database, answers are kept in memory for half
a second, so that a busy session costs two queries in a second; every change drops what is kept, and
the next question reads the truth. A command beside the hub can end sessions, too: that half second
is how long the hub may not know.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from pfh.ports.clock import Clock
from pfh.ports.database import Database
from pfh.ports.sessions import Session

if TYPE_CHECKING:
    from pfh.ports.sessions import Sessions

_KEPT_MAX: Final = 50_000
GOOD_SECONDS: Final = 0.5
_FIND = """
    SELECT s.session_id, s.user_id, s.household_id, m.role, u.role, u.epoch, s.expires_at
    FROM sessions s
    JOIN users u ON u.user_id = s.user_id
    JOIN memberships m ON m.user_id = s.user_id AND m.household_id = s.household_id
    WHERE s.session_id = $1 AND s.revoked_at IS NULL AND u.disabled_at IS NULL"""
_REVOKE = "UPDATE sessions SET revoked_at = $2 WHERE session_id = $1 AND revoked_at IS NULL"
_REVOKE_USER = "UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL"


class SqlSessions:
    """Sessions in the tables of identity.

    Args:
        database: where the tables are.
        clock: tells when a session is over.
        exclusive: True when no other process writes to the database (SQLite behind the lock of its
            data directory); only then may an answer be kept.
    """

    def __init__(self, database: Database, clock: Clock, *, exclusive: bool) -> None:
        """Keep the ports; nothing is read before it is asked for."""
        self._database = database
        self._clock = clock
        self._is_exclusive = exclusive
        # With the monotonic seconds until which each is believed.
        self._kept: dict[int, tuple[Session, float]] = {}
        # Grows with every change. A reading that was under way meanwhile may be older than the
        # change, so it is answered (it was asked before) but not kept.
        self._changes = 0

    async def find(self, session_id: int) -> Session | None:
        """Return the session when it is alive; from memory, or with one read by primary keys."""
        kept = self._kept.get(session_id)
        if kept is not None and time.monotonic() < kept[1]:
            session = kept[0]
        else:
            changes, begun = self._changes, time.monotonic()
            found = await self._read(session_id)
            if found is None:
                self._kept.pop(session_id, None)
                return None
            session = found
            if self._is_exclusive and changes == self._changes:
                self._keep(session, begun + GOOD_SECONDS)
        return session if session.expires_at > self._clock.now() else None

    async def remember(self, session: Session) -> None:
        """Forget what was kept of it: the rows tell what it is, and whether it still is."""
        self._changes += 1
        self._kept.pop(session.session_id, None)

    async def revoke(self, session_id: int) -> None:
        """End one session, durably and at once; ending it twice is fine."""
        now = self._clock.now()
        await self._database.write(lambda connection: connection.execute(_REVOKE, session_id, now))
        self._changes += 1
        self._kept.pop(session_id, None)

    async def revoke_user(self, user_id: int) -> None:
        """End every session of a person, durably and at once."""
        now = self._clock.now()
        await self._database.write(
            lambda connection: connection.execute(_REVOKE_USER, user_id, now)
        )
        self._changes += 1
        for session_id in [key for key, (kept, _) in self._kept.items() if kept.user_id == user_id]:
            del self._kept[session_id]

    async def _read(self, session_id: int) -> Session | None:
        row = await self._database.look_up(_FIND, session_id)
        if row is None:
            return None
        return Session(
            session_id=row[0],
            user_id=row[1],
            household_id=row[2],
            household_role=row[3],
            role=row[4],
            epoch=row[5],
            expires_at=row[6],
        )

    def _keep(self, session: Session, until: float) -> None:
        if len(self._kept) >= _KEPT_MAX and session.session_id not in self._kept:
            # The one kept longest: it costs one read when it comes again.
            del self._kept[next(iter(self._kept))]
        self._kept[session.session_id] = (session, until)


if TYPE_CHECKING:

    def _keeps_the_contract(sessions: SqlSessions) -> Sessions:
        return sessions
