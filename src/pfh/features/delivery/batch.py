"""The messages of one poll: by household for the work, by partition for the commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pfh.ports.event_stream import Delivery


class Batch:
    """Remembers which households are done, and up to where each partition may be committed."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        """Take deliveries in the order in which they were polled."""
        self._deliveries = deliveries
        self._by_household: dict[int, list[Delivery]] = {}
        self.unreadable = 0
        for one in deliveries:
            if one.key is None:
                self.unreadable += 1
            else:
                self._by_household.setdefault(one.key, []).append(one)

    @property
    def households(self) -> tuple[int, ...]:
        """Those that are not done yet."""
        return tuple(self._by_household)

    def of(self, household_id: int) -> Sequence[Delivery]:
        """Return what was delivered of a household, in order."""
        return self._by_household[household_id]

    def done(self, household_ids: Iterable[int]) -> None:
        """Note that everything of these had its effect, or needs none."""
        for household_id in household_ids:
            self._by_household.pop(household_id, None)

    def committable(self) -> list[Delivery]:
        """Return the messages of each partition before the first that is not done."""
        stopped: set[tuple[str, int]] = set()
        found = []
        for one in self._deliveries:
            place = (one.topic, one.partition)
            if one.key in self._by_household:
                stopped.add(place)
            elif place not in stopped:
                found.append(one)
        return found
