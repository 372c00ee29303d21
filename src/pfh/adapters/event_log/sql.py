"""The event log port, read straight from the `events` table.

It exists for the embedded hub, and as the truth that any other log is filled from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from pfh.ports.database import Connection, Database
from pfh.ports.event_log import NO_EVENTS, Head, RecordedEvent, Written

# The columns are the fields of `RecordedEvent`, in their order.
_READ: Final = """
    SELECT position, event_id, household_id, household_seq, type, version, subject_id, actor_id,
           correlation_id, occurred_at, payload, prev_hash, hash
    FROM events
    WHERE household_id = $1 AND household_seq > $2
    ORDER BY household_seq
    LIMIT $3"""
_HEAD: Final = "SELECT household_seq, hash FROM event_heads WHERE household_id = $1"
_HASH: Final = "SELECT hash FROM events WHERE household_id = $1 AND household_seq = $2"
# Each household is asked at one number, so that a pair is one look into the index of both columns.
_WRITTEN_AT: Final = {
    "sqlite": """
        SELECT e.household_id, e.event_id, e.hash
        FROM json_each($1) AS wanted
        JOIN events e ON e.household_id = json_extract(wanted.value, '$[0]')
                     AND e.household_seq = json_extract(wanted.value, '$[1]')""",
    "postgres": """
        SELECT e.household_id, e.event_id, e.hash
        FROM unnest($1::bigint[], $2::bigint[]) AS wanted(household_id, household_seq)
        JOIN events e ON e.household_id = wanted.household_id
                     AND e.household_seq = wanted.household_seq""",
}
# Consumer → households whose read model is not at the head; each compares two small tables.
_BEHIND: Final = {
    "dashboard": """
        SELECT h.household_id
        FROM event_heads h LEFT JOIN document_heads d ON d.household_id = h.household_id
        WHERE h.household_seq > 0 AND (d.hash IS NULL OR d.hash <> h.hash)
        ORDER BY h.household_id
        LIMIT $1""",
}


class SqlEventLog:
    """Reads events with the database's own guarantees: committed, gapless, in order."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        """Read from this database."""
        self._database = database

    async def read(
        self, household_id: int, *, after_seq: int, limit: int
    ) -> Sequence[RecordedEvent]:
        """Return the next events of a household; see the port."""
        rows = await self._database.look_up_all(_READ, household_id, after_seq, limit)
        return list(map(RecordedEvent._make, rows))

    async def behind(self, consumer: str, *, limit: int) -> Sequence[int]:
        """Return households whose read model is elsewhere; a new consumer needs a line above."""
        rows = await self._database.look_up_all(_BEHIND[consumer], limit)
        return [int(row[0]) for row in rows]

    async def head(self, household_id: int) -> Head:
        """Return the head of a household; see the port."""
        row = await self._database.look_up(_HEAD, household_id)
        return NO_EVENTS if row is None else Head(int(row[0]), bytes(row[1]))

    async def holds(self, household_id: int, head: Head) -> bool:
        """Tell whether the books have this very event; see the port."""
        if head.household_seq == 0:
            return head == NO_EVENTS
        found = await self._database.look_up(_HASH, household_id, head.household_seq)
        return found is not None and bytes(found[0]) == head.hash

    async def written_at(self, numbers: Mapping[int, int]) -> Mapping[int, Written]:
        """Return which event each household has at a number; see the port."""
        if not numbers:
            return {}

        async def unit(connection: Connection) -> dict[int, Written]:
            rows = await (
                connection.fetch_all(
                    _WRITTEN_AT["sqlite"], msgspec.json.encode(list(numbers.items())).decode()
                )
                if connection.dialect == "sqlite"
                else connection.fetch_all(
                    _WRITTEN_AT["postgres"], list(numbers), list(numbers.values())
                )
            )
            return {int(row[0]): Written(int(row[1]), bytes(row[2])) for row in rows}

        return await self._database.read(unit)
