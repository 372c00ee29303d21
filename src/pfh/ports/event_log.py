"""The event log port: how consumers read what happened, in order, household by household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol


class Head(NamedTuple):
    """How far a household's events are: the number of the last one, and the hash of that event.

    A number alone would tell as little as a page number of a book whose edition is unknown: books
    that were restored, or a replica that was promoted before it had everything, give a number to
    another event than before. The hash covers every event up to its own (docs/specs/events.md §4).
    """

    household_seq: int
    hash: bytes


NO_EVENTS: Final = Head(0, bytes(32))
"""Before the first event, whose `prev_hash` is 32 zero bytes."""


class RecordedEvent(NamedTuple):
    """One event as it was stored; a tuple, because consumers read hundreds of thousands.

    `household_seq` starts at 1 and has no gaps; `payload` is the exact JSON text that the hash
    covers; `occurred_at` is an instant in microseconds; `subject_id` is the entry, account, import
    or user that the event is about; `prev_hash` and `hash` are its link in the household's chain.
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
    prev_hash: bytes
    hash: bytes

    @property
    def before(self) -> Head:
        """Return where a reader must be to go on with this event."""
        return Head(self.household_seq - 1, self.prev_hash)

    @property
    def after(self) -> Head:
        """Return where a reader is that has this event."""
        return Head(self.household_seq, self.hash)


class Written(NamedTuple):
    """Which event the books have at a number."""

    event_id: int
    hash: bytes


class EventLog(Protocol):
    """Reads events; it never loses one of a household, never reorders them, may repeat them."""

    async def read(
        self, household_id: int, *, after_seq: int, limit: int
    ) -> Sequence[RecordedEvent]:
        """Return up to `limit` events of a household above `after_seq`, in order."""
        ...

    async def behind(self, consumer: str, *, limit: int) -> Sequence[int]:
        """Return up to `limit` households whose read model of `consumer` is not at their head.

        It lacks events, or it has some that the books do not have.
        """
        ...

    async def head(self, household_id: int) -> Head:
        """Return the head of a household, `NO_EVENTS` when it has none."""
        ...

    async def holds(self, household_id: int, head: Head) -> bool:
        """Tell whether the books have this very event; they always have `NO_EVENTS`."""
        ...

    async def written_at(self, numbers: Mapping[int, int]) -> Mapping[int, Written]:
        """Return which event each household has at a number, in one statement for all.

        Args:
            numbers: household → number of an event, from 1. Who has none there is left out.
        """
        ...
