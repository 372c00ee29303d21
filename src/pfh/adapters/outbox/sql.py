"""The outbox port in SQL: a narrow table beside the events, filled by their own statement.

It exists on both dialects, but only PostgreSQL fills it (`persistence/event_store.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pfh.ports.clock import Clock
from pfh.ports.database import Connection, Database
from pfh.ports.event_log import RecordedEvent
from pfh.ports.outbox import Backlog, WaitingEvent

if TYPE_CHECKING:
    from pfh.ports.outbox import Outbox

COUNTED_MAX: Final = 100_001
_REGISTER: Final = """
    INSERT INTO relays (name, registered_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"""
_UNREGISTER: Final = "DELETE FROM relays WHERE name = $1"
_EMPTY: Final = (
    "DELETE FROM outbox WHERE NOT EXISTS (SELECT 1 FROM relays)",
    "DELETE FROM outbox_quarantine WHERE NOT EXISTS (SELECT 1 FROM relays)",
)
# Two statements, for a join would leave the choice to a planner that knows nothing yet of a table
# that fills and empties all the time: it read every event there is, twenty times a second.
_WAITING: Final = """
    SELECT o.position FROM outbox o
    WHERE NOT EXISTS (SELECT 1 FROM outbox_quarantine q
                      WHERE q.household_id = o.household_id AND q.position <= o.position)
    ORDER BY o.position LIMIT $1"""
_EVENTS: Final = """
    SELECT position, event_id, household_id, household_seq, type, version,
           subject_id, actor_id, correlation_id, occurred_at, payload,
           prev_hash, hash, causation_id, traceparent
    FROM events WHERE position = ANY($1::bigint[])
    ORDER BY position"""
_PUBLISHED: Final = "DELETE FROM outbox WHERE position = ANY($1::bigint[])"
_QUARANTINE: Final = """
    INSERT INTO outbox_quarantine (household_id, position, error, quarantined_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (household_id) DO UPDATE SET
        position = excluded.position, error = excluded.error,
        quarantined_at = excluded.quarantined_at"""
_QUARANTINED: Final = """
    SELECT e.position, e.event_id, e.household_id, e.household_seq, e.type, e.version,
           e.subject_id, e.actor_id, e.correlation_id, e.occurred_at, e.payload,
           e.prev_hash, e.hash, q.error, q.quarantined_at
    FROM outbox_quarantine q JOIN events e ON e.position = q.position
    ORDER BY q.household_id"""
_RELEASE: Final = "DELETE FROM outbox_quarantine WHERE household_id = $1"
_COUNT: Final = "SELECT COUNT(*) FROM (SELECT 1 FROM outbox LIMIT $1) w"
_OLDEST: Final = """
    SELECT e.occurred_at
    FROM (SELECT position FROM outbox ORDER BY position LIMIT 1) w
    JOIN events e ON e.position = w.position"""
_COUNT_QUARANTINED: Final = "SELECT COUNT(*) FROM outbox_quarantine"
_EVENT_FIELDS: Final = len(RecordedEvent._fields)


class SqlOutbox:
    """What waits, in the database of the events.

    A household's events wait without a gap because its head is locked while they are appended:
    whoever sees the second one sees the first, and its position is lower.
    """

    __slots__ = ("_clock", "_database")

    def __init__(self, database: Database, clock: Clock) -> None:
        """Read and write this database."""
        self._database = database
        self._clock = clock

    async def register(self, name: str) -> bool:
        """Make a relay known; see the port."""
        now = self._clock.now()

        async def unit(connection: Connection) -> bool:
            return await connection.execute(_REGISTER, name, now) == 1

        return await self._database.write(unit)

    async def unregister(self, name: str) -> None:
        """Forget a relay and, with the last one, what waits; see the port."""

        async def forget(connection: Connection) -> None:
            await connection.execute(_UNREGISTER, name)

        async def empty(connection: Connection) -> None:
            for sql in _EMPTY:
                await connection.execute(sql)

        await self._database.write(forget)
        await self._database.write(empty)

    async def waiting(self, *, limit: int) -> Sequence[WaitingEvent]:
        """Return the first that wait; see the port."""

        async def unit(connection: Connection) -> list[WaitingEvent]:
            positions = [row[0] for row in await connection.fetch_all(_WAITING, limit)]
            if not positions:
                return []
            return [
                WaitingEvent(RecordedEvent._make(row[:_EVENT_FIELDS]), row[-2], row[-1])
                for row in map(tuple, await connection.fetch_all(_EVENTS, positions))
            ]

        return await self._database.read(unit)

    async def published(self, positions: Sequence[int]) -> None:
        """Let these wait no more; see the port."""

        async def unit(connection: Connection) -> None:
            await connection.execute(_PUBLISHED, list(positions))

        await self._database.write(unit)

    async def quarantine(self, event: RecordedEvent, error: str) -> None:
        """Hold a household back; see the port."""
        now = self._clock.now()

        async def unit(connection: Connection) -> None:
            await connection.execute(_QUARANTINE, event.household_id, event.position, error, now)

        await self._database.write(unit)

    async def quarantined(self) -> Sequence[tuple[RecordedEvent, str, int]]:
        """Return what was refused; see the port."""

        async def unit(connection: Connection) -> list[tuple[RecordedEvent, str, int]]:
            return [
                (RecordedEvent._make(row[:_EVENT_FIELDS]), str(row[-2]), int(row[-1]))
                for row in map(tuple, await connection.fetch_all(_QUARANTINED))
            ]

        return await self._database.read(unit)

    async def release(self, household_id: int) -> bool:
        """Hold a household back no more; see the port."""

        async def unit(connection: Connection) -> bool:
            return await connection.execute(_RELEASE, household_id) == 1

        return await self._database.write(unit)

    async def backlog(self) -> Backlog:
        """Tell how much waits; see the port."""

        async def unit(connection: Connection) -> Backlog:
            count = int(await connection.fetch_value(_COUNT, COUNTED_MAX) or 0)
            oldest = await connection.fetch_value(_OLDEST)
            held = int(await connection.fetch_value(_COUNT_QUARANTINED) or 0)
            return Backlog(count, None if oldest is None else int(oldest), held)

        return await self._database.read(unit)


if TYPE_CHECKING:

    def _keeps_the_contract(outbox: SqlOutbox) -> Outbox:
        return outbox
