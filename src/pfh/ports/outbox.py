"""The outbox port: what the books tell a stream and did not tell it yet.

It exists because events are never changed, so that "was published" is no column of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pfh.ports.event_log import RecordedEvent


class WaitingEvent(NamedTuple):
    """A committed event that no relay has reported as published."""

    event: RecordedEvent
    causation_id: int | None
    traceparent: str | None


class Backlog(NamedTuple):
    """How much waits: `events` is counted up to 100,001; `oldest_at` an instant, None if empty."""

    events: int
    oldest_at: int | None
    quarantined_households: int


class Outbox(Protocol):
    """Which committed events wait.

    Guarantee: once a relay is registered, every event of a transaction that begins later waits from
    its commit until it is reported; an event of a rolled back transaction never does. Of one
    household the events that wait and are no exception stand in the order of their numbers, without
    a gap after the first. A lower `position` may appear after a higher one was read, of another
    household.
    """

    async def register(self, name: str) -> bool:
        """Make a relay known; from now on events wait. True when it was not known before."""
        ...

    async def unregister(self, name: str) -> None:
        """Forget a relay; without any other one nothing waits any more."""
        ...

    async def waiting(self, *, limit: int) -> Sequence[WaitingEvent]:
        """Return the first `limit` by position, without those that are held back."""
        ...

    async def published(self, positions: Sequence[int]) -> None:
        """Let these wait no more; those that did not wait are left out without an error."""
        ...

    async def quarantine(self, event: RecordedEvent, error: str) -> None:
        """Hold the event and all after it of its household back until that is released."""
        ...

    async def quarantined(self) -> Sequence[tuple[RecordedEvent, str, int]]:
        """Return each event that was refused, its error and since when, by household."""
        ...

    async def release(self, household_id: int) -> bool:
        """Let a household's events wait as any; True when it was held back."""
        ...

    async def backlog(self) -> Backlog:
        """Tell how much waits, in bounded time."""
        ...
