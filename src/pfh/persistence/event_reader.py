"""Reading single events back, for the use-cases that undo what one of them told."""

from __future__ import annotations

from pfh.ports.database import Connection

_LAST = """
    SELECT payload FROM events
    WHERE subject_id = $2 AND household_id = $1 AND type = $3
    ORDER BY position DESC LIMIT 1"""

_HEAD = "SELECT household_seq FROM event_heads WHERE household_id = $1"


async def household_seq(connection: Connection, household_id: int) -> int:
    """Return the number of the household's last event, those of this unit of work included."""
    return int(await connection.fetch_value(_HEAD, household_id) or 0)


async def last_payload(
    connection: Connection, household_id: int, subject_id: int, event_type: str
) -> str | None:
    """Return the payload of the latest event of a type about a subject; None when there is none."""
    found = await connection.fetch_value(_LAST, household_id, subject_id, event_type)
    return None if found is None else str(found)
