"""Proving a household's own row: its name and currency are what its events say."""

from __future__ import annotations

import msgspec

from pfh.features.households import events
from pfh.features.households.events import HouseholdChange, HouseholdSnapshot
from pfh.ports.database import Connection

_LAST = """
    SELECT type, payload FROM events
    WHERE household_id = $1 AND type = ANY($2::text[]) ORDER BY household_seq DESC LIMIT 1"""
_KEPT = "SELECT name, base_commodity FROM households WHERE household_id = $1"


async def household_faults(connection: Connection, household_id: int) -> tuple[str, ...]:
    """Return a sentence when the household differs from its events."""
    kinds = [events.HOUSEHOLD_CREATED, events.HOUSEHOLD_CHANGED]
    row = await connection.fetch_one(_KEPT, household_id)
    last = await connection.fetch_one(_LAST, household_id, kinds)
    if row is None or last is None:
        return (f"households: household {household_id}: it is there without events, or they alone",)
    if last[0] == events.HOUSEHOLD_CHANGED:
        told = msgspec.json.decode(last[1], type=HouseholdChange).after
    else:
        told = msgspec.json.decode(last[1], type=HouseholdSnapshot)
    if HouseholdSnapshot(str(row[0]), str(row[1])) == told:
        return ()
    return (f"households: household {household_id}: it is not what its events say",)
