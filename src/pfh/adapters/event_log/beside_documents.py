"""The event log in SQL when the read models are on another server.

It exists because one SQL statement cannot compare the heads of two servers. Asking both also
notices a read model that was lost, or that is of another history than the books.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pfh.adapters.event_log.sql import SqlEventLog
from pfh.ports.database import Connection, Database, Row
from pfh.ports.documents import Documents
from pfh.ports.event_log import NO_EVENTS, Head, RecordedEvent

_PAGE: Final = 5_000
_HEADS: Final = """
    SELECT household_id, household_seq, hash FROM event_heads
    WHERE household_id > $1 AND household_seq > 0
    ORDER BY household_id
    LIMIT $2"""
_CONSUMERS: Final = frozenset({"dashboard"})


class EventLogBesideDocuments:
    """Reads events from SQL and compares their heads with those of the document store."""

    __slots__ = ("_database", "_documents", "_log")

    def __init__(self, database: Database, documents: Documents) -> None:
        """Read from this database; compare with this store."""
        self._database = database
        self._documents = documents
        self._log = SqlEventLog(database)

    async def read(
        self, household_id: int, *, after_seq: int, limit: int
    ) -> Sequence[RecordedEvent]:
        """Return the next events of a household; see the port."""
        return await self._log.read(household_id, after_seq=after_seq, limit=limit)

    async def behind(self, consumer: str, *, limit: int) -> Sequence[int]:
        """Return households whose read model is not at their head; see the port."""
        if consumer not in _CONSUMERS:
            raise KeyError(consumer)
        found: list[int] = []
        last = -1
        while len(found) < limit:
            page = await self._heads_after(last)
            if not page:
                break
            last = int(page[-1][0])
            applied = await self._documents.heads([int(row[0]) for row in page])
            for row in page:
                household_id, head = int(row[0]), Head(int(row[1]), bytes(row[2]))
                if await self._is_elsewhere(household_id, head, applied.get(household_id)):
                    found.append(household_id)
        return found[:limit]

    async def head(self, household_id: int) -> Head:
        """Return the head of a household; see the port."""
        return await self._log.head(household_id)

    async def holds(self, household_id: int, head: Head) -> bool:
        """Tell whether the books have this very event; see the port."""
        return await self._log.holds(household_id, head)

    async def _is_elsewhere(self, household_id: int, head: Head, applied: Head | None) -> bool:
        if applied is None or applied.household_seq <= head.household_seq:
            return (applied or NO_EVENTS) != head
        # Ahead of what the books were a moment ago: by a write since, or in another history.
        return not await self._log.holds(household_id, applied)

    async def _heads_after(self, household_id: int) -> Sequence[Row]:
        async def unit(connection: Connection) -> Sequence[Row]:
            return await connection.fetch_all(_HEADS, household_id, _PAGE)

        return await self._database.read(unit)
