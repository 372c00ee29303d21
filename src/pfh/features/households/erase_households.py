"""Removing households that nobody belongs to any more: books, read models and uploaded files.

A person who closes their account leaves at once; what they leave may be a million rows, which go
here, beside the requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pfh.persistence.erase_household import erase_household
from pfh.ports.database import Connection, Row
from pfh.ports.services import Services

BATCH_HOUSEHOLDS: Final = 100
_LEFT: Final = """
    SELECT household_id FROM households h WHERE NOT EXISTS (
        SELECT 1 FROM memberships m WHERE m.household_id = h.household_id)
    ORDER BY household_id LIMIT $1"""
_FILES: Final = "SELECT object_key FROM imports WHERE household_id = $1 AND object_key <> ''"


async def erase_households(services: Services) -> int:
    """Erase every household without members and return how many; may be cut off and run again."""
    total = 0
    while left := await services.database.read(_left):
        for (household_id,) in left:
            await _erase(services, int(household_id))
        total += len(left)
    return total


async def _erase(services: Services, household_id: int) -> None:
    async def files(connection: Connection) -> Sequence[Row]:
        return await connection.fetch_all(_FILES, household_id)

    # The books last: as long as they say that there is something, the next round finds it.
    for (object_key,) in await services.database.read(files):
        await services.objects.delete(object_key)
    await services.documents.forget(household_id)
    await erase_household(services.database, household_id)
    # A consumer may have been in the middle of the events that were there a moment ago.
    await services.documents.forget(household_id)


async def _left(connection: Connection) -> Sequence[Row]:
    return await connection.fetch_all(_LEFT, BATCH_HOUSEHOLDS)
