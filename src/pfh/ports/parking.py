"""The parking port: households whose next event a consumer group cannot apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class ParkedHousehold(NamedTuple):
    """A household that waits for help.

    `household_seq`, `event_id` and `event_type` name the event; `error` what failed, without its
    content; `attempts` how often it was tried; `parked_at` is an instant.
    """

    group: str
    household_id: int
    household_seq: int
    event_id: int
    event_type: str
    error: str
    attempts: int
    parked_at: int


class Parking(Protocol):
    """Keeps the list; a household stands on it once for each group."""

    async def park(self, household: ParkedHousehold) -> None:
        """Put a household on the list, in the place of what stood there."""
        ...

    async def parked_of(self, group: str, household_ids: Sequence[int]) -> frozenset[int]:
        """Return which of these are parked for a group."""
        ...

    async def every(self, group: str | None = None) -> Sequence[ParkedHousehold]:
        """Return what is parked, by group and household; of one group if named."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Return how many households are parked, by group; a group without any is not named."""
        ...

    async def unpark(self, group: str, household_id: int) -> bool:
        """Take a household off the list; True when it stood there."""
        ...
