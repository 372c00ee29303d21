"""The parking port in a table of the books' own database: it survives whatever a broker loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pfh.ports.database import Connection, Database
from pfh.ports.parking import ParkedHousehold

if TYPE_CHECKING:
    from pfh.ports.parking import Parking

_PARK: Final = """
    INSERT INTO parked_households (consumer_group, household_id, household_seq, event_id,
                                   event_type, error, attempts, parked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (consumer_group, household_id) DO UPDATE SET
        household_seq = excluded.household_seq, event_id = excluded.event_id,
        event_type = excluded.event_type, error = excluded.error,
        attempts = excluded.attempts, parked_at = excluded.parked_at"""
_PARKED_OF: Final = """
    SELECT household_id FROM parked_households
    WHERE consumer_group = $1 AND household_id = ANY($2::bigint[])"""
_EVERY: Final = """
    SELECT consumer_group, household_id, household_seq, event_id, event_type, error, attempts,
           parked_at
    FROM parked_households
    ORDER BY consumer_group, household_id"""
_COUNTS: Final = "SELECT consumer_group, COUNT(*) FROM parked_households GROUP BY 1"
_UNPARK: Final = "DELETE FROM parked_households WHERE consumer_group = $1 AND household_id = $2"


class SqlParking:
    """The list in SQL."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        """Read and write this database."""
        self._database = database

    async def park(self, household: ParkedHousehold) -> None:
        """Put a household on the list; see the port."""

        async def unit(connection: Connection) -> None:
            await connection.execute(_PARK, *household)

        await self._database.write(unit)

    async def parked_of(self, group: str, household_ids: Sequence[int]) -> frozenset[int]:
        """Return which of these are parked; see the port."""

        async def unit(connection: Connection) -> frozenset[int]:
            rows = await connection.fetch_all(_PARKED_OF, group, list(household_ids))
            return frozenset(int(row[0]) for row in rows)

        return await self._database.read(unit)

    async def every(self, group: str | None = None) -> Sequence[ParkedHousehold]:
        """Return what is parked; see the port."""

        async def unit(connection: Connection) -> list[ParkedHousehold]:
            return [ParkedHousehold._make(row) for row in await connection.fetch_all(_EVERY)]

        found = await self._database.read(unit)
        return [one for one in found if group is None or one.group == group]

    async def counts(self) -> Mapping[str, int]:
        """Count what is parked; see the port."""

        async def unit(connection: Connection) -> dict[str, int]:
            return {str(row[0]): int(row[1]) for row in await connection.fetch_all(_COUNTS)}

        return await self._database.read(unit)

    async def unpark(self, group: str, household_id: int) -> bool:
        """Take a household off the list; see the port."""

        async def unit(connection: Connection) -> bool:
            return await connection.execute(_UNPARK, group, household_id) == 1

        return await self._database.write(unit)


if TYPE_CHECKING:

    def _keeps_the_contract(parking: SqlParking) -> Parking:
        return parking
