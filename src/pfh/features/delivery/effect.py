"""What a consumer group does with events, as the group's consumers see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from pfh.ports.database import DatabaseError
from pfh.ports.documents import DocumentsUnavailable
from pfh.ports.event_log import Head, RecordedEvent
from pfh.ports.event_stream import StreamUnavailable

# A server is away: the same event will do when it is back.
TRANSIENT: Final = (DocumentsUnavailable, DatabaseError, StreamUnavailable)


class Effect(Protocol):
    """A read model, or another thing that each event happens to once.

    Guarantee: `apply` is atomic and guarded by its head: after it returned True the events count
    once, whatever crashed or was repeated. Errors of `TRANSIENT` say that a server is away; any
    other means that these events cannot be applied.
    """

    async def heads(self, household_ids: Sequence[int]) -> dict[int, Head]:
        """Return what was applied last; households without anything are left out."""
        ...

    async def behind(self, *, limit: int) -> Sequence[int]:
        """Return up to `limit` households that are not at the head of the books."""
        ...

    async def apply(self, household_id: int, head: Head, events: Sequence[RecordedEvent]) -> bool:
        """Apply the events that follow a head while that is the head, else return False."""
        ...

    async def forget(self, household_id: int, at: Head) -> None:
        """Take back everything of a household and begin again, if it is still at this head."""
        ...
