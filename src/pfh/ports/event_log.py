"""The event log port: how consumers read what happened, in order, household by household."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class RecordedEvent(NamedTuple):
    """One event as it was stored; a tuple, because consumers read hundreds of thousands.

    `household_seq` starts at 1 and has no gaps; `payload` is the exact JSON text that the hash
    covers; `occurred_at` is an instant in microseconds; `subject_id` is the entry, account, import
    or user that the event is about.
    """

    position: int
    event_id: int
    household_id: int
    household_seq: int
    type: str
    version: int
    subject_id: int
    actor_id: int | None
    correlation_id: str
    occurred_at: int
    payload: str


class EventLog(Protocol):
    """Reads events; it never loses one of a household, never reorders them, may repeat them."""

    async def read(
        self, household_id: int, *, after_seq: int, limit: int
    ) -> Sequence[RecordedEvent]:
        """Return up to `limit` events of a household above `after_seq`, in order."""
        ...

    async def behind(self, consumer: str, *, limit: int) -> Sequence[int]:
        """Return up to `limit` households whose read model of `consumer` lacks events."""
        ...

    async def head(self, household_id: int) -> int:
        """Return the last `household_seq` of a household, 0 when it has none."""
        ...
