"""The event log in SQL when the read models are on another server.

It exists because one SQL statement cannot compare the heads of two servers. Asking both also
notices a read model that was lost, or that is of another history than the books.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pfh.adapters.event_log.sql import SqlEventLog
from pfh.ports.database import Connection, Database, Row
from pfh.ports.documents import Documents
from pfh.ports.event_log import NO_EVENTS, Head, RecordedEvent, Written

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
            heads = {int(row[0]): Head(int(row[1]), bytes(row[2])) for row in page}
            applied = await self._documents.heads(list(heads))
            # Ahead of what the books were a moment ago: by a write since, or in another history.
            written = await self._log.written_at(
                {
                    household_id: head.household_seq
                    for household_id, head in applied.items()
                    if head.household_seq > heads[household_id].household_seq
                }
            )
            found.extend(_elsewhere(heads, applied, written))
        return found[:limit]

    async def head(self, household_id: int) -> Head:
        """Return the head of a household; see the port."""
        return await self._log.head(household_id)

    async def holds(self, household_id: int, head: Head) -> bool:
        """Tell whether the books have this very event; see the port."""
        return await self._log.holds(household_id, head)

    async def written_at(self, numbers: Mapping[int, int]) -> Mapping[int, Written]:
        """Return which event each household has at a number; see the port."""
        return await self._log.written_at(numbers)

    async def _heads_after(self, household_id: int) -> Sequence[Row]:
        async def unit(connection: Connection) -> Sequence[Row]:
            return await connection.fetch_all(_HEADS, household_id, _PAGE)

        return await self._database.read(unit)


def _elsewhere(
    heads: Mapping[int, Head], applied: Mapping[int, Head], written: Mapping[int, Written]
) -> Iterator[int]:
    """Give the households whose read model is not where the books are.

    Args:
        heads: of the books.
        applied: of the read models.
        written: what the books have by now where a read model is ahead of `heads`.
    """
    for household_id, head in heads.items():
        told = applied.get(household_id, NO_EVENTS)
        if told.household_seq <= head.household_seq:
            is_elsewhere = told != head
        else:
            here = written.get(household_id)
            is_elsewhere = here is None or here.hash != told.hash
        if is_elsewhere:
            yield household_id
