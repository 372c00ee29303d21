"""The event log in SQL when the read models are on another server.

It exists because one SQL statement cannot compare the heads of two servers. Asking both also
notices a read model that was lost or restored from an old backup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pfh.adapters.event_log.sql import SqlEventLog
from pfh.ports.database import Connection, Database, Row
from pfh.ports.documents import Documents
from pfh.ports.event_log import RecordedEvent

_PAGE: Final = 5_000
_HEADS: Final = """
    SELECT household_id, household_seq FROM event_heads
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
        """Return households whose read model lacks events; see the port."""
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
            found += [int(row[0]) for row in page if row[1] > applied.get(int(row[0]), 0)]
        return found[:limit]

    async def head(self, household_id: int) -> int:
        """Return the last sequence number of a household; see the port."""
        return await self._log.head(household_id)

    async def _heads_after(self, household_id: int) -> Sequence[Row]:
        async def unit(connection: Connection) -> Sequence[Row]:
            return await connection.fetch_all(_HEADS, household_id, _PAGE)

        return await self._database.read(unit)
