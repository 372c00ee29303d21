"""What every parking list does."""

from __future__ import annotations

from pfh.ports.parking import ParkedHousehold, Parking

GROUP = "a group"


def parked(household: int, *, group: str = GROUP, error: str = "ValueError") -> ParkedHousehold:
    return ParkedHousehold(group, household, 3, household + 1_000, "EntryPosted", error, 3, 99)


class ParkingContract:
    async def test_has_a_household_until_it_is_taken_off(self, parking: Parking) -> None:
        await parking.park(parked(1))
        assert await parking.parked_of(GROUP, [1, 2]) == {1}
        assert await parking.unpark(GROUP, 1)
        assert not await parking.unpark(GROUP, 1)
        assert await parking.parked_of(GROUP, [1, 2]) == frozenset()

    async def test_keeps_the_groups_apart(self, parking: Parking) -> None:
        await parking.park(parked(1))
        await parking.park(parked(1, group="another"))
        assert await parking.unpark("another", 1)
        assert await parking.parked_of(GROUP, [1]) == {1}
        assert await parking.every("another") == []
        assert await parking.every() == [parked(1)]

    async def test_has_the_latest_reason_when_parked_again(self, parking: Parking) -> None:
        await parking.park(parked(1))
        await parking.park(parked(1, error="KeyError"))
        assert await parking.every(GROUP) == [parked(1, error="KeyError")]

    async def test_counts_what_is_parked_by_group(self, parking: Parking) -> None:
        assert await parking.counts() == {}
        for household in (1, 2):
            await parking.park(parked(household))
        await parking.park(parked(1, group="another"))
        assert await parking.counts() == {GROUP: 2, "another": 1}
