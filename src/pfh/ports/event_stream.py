"""The event stream port: events handed from the outbox to consumers in other processes.

SQL stays the truth. A stream is how it travels: what a stream lost, doubled or forgot is read again
from the event log, by the household's gapless sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pfh.ports.event_log import RecordedEvent


class OutgoingEvent(NamedTuple):
    """An event on its way out, with what only a message carries.

    `topic` is the full name of a topic; `traceparent` the W3C context of the request that caused
    it; `causation_id` the event that led to it.
    """

    topic: str
    event: RecordedEvent
    causation_id: int | None
    traceparent: str | None


class Delivery(NamedTuple):
    """One message as a consumer gets it.

    `event` is None when the message cannot be read as an event: then `fault` says why, in words
    that hold nothing of its content, and `key` is the household when that at least can be told.
    `offset` grows within a partition.
    """

    topic: str
    partition: int
    offset: int
    key: int | None
    event: RecordedEvent | None
    traceparent: str | None
    fault: str = ""


class DeadLetter(NamedTuple):
    """An event that a consumer group could not apply, on its way to `<topic>.dlq`.

    `error` says what failed in words that hold nothing of the event's content; `attempts` how often
    it was tried.
    """

    topic: str
    event: RecordedEvent
    traceparent: str | None
    group: str
    error: str
    attempts: int


class StreamUnavailable(Exception):
    """The broker does not answer, or did not confirm; what it was told may still have arrived."""


class EventRefused(Exception):
    """This event will never be taken: it is too large, or cannot be written as a message.

    Of the others of the call any may have been stored, those of one household in order; they are
    given again without it.
    """

    def __init__(self, event: RecordedEvent, reason: str) -> None:
        """Keep the event, and a reason that holds nothing of its content."""
        super().__init__(reason)
        self.event = event
        self.reason = reason


class EventPublisher(Protocol):
    """Puts events into a stream.

    Guarantee: events of one household and topic stand in the order in which they were given, across
    calls that each returned; a call that raised may have stored any of its events, in order, and is
    repeated as a whole. So a reader may see an event twice and never sees one before another that
    was given earlier and not yet seen.
    """

    async def publish(self, events: Sequence[OutgoingEvent]) -> None:
        """Return once every event is stored on as many brokers as the topic demands.

        Calls wait for each other. One that was cancelled counts as one that raised.

        Raises:
            StreamUnavailable: not all were confirmed within the bounded time (10 s in a cluster),
                or a topic is missing.
            EventRefused: one of them can never be stored.
        """
        ...

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Return once every letter is stored in the `.dlq` topic of its own, its error as headers.

        Raises:
            StreamUnavailable: not all were confirmed within the bounded time.
        """
        ...

    async def close(self) -> None:
        """Release what is held; nothing is under way then."""
        ...


class EventSubscription(Protocol):
    """One member of a consumer group.

    Each household's messages of a topic come to one member at a time, in order, at least once. What
    was polled and not committed comes again after a crash or to another member.
    """

    async def poll(self, *, limit: int, seconds: float) -> Sequence[Delivery]:
        """Return up to `limit` messages, waiting up to `seconds` for the first; may be empty.

        Only while it polls does a member learn that it has gained or lost partitions: what it still
        works on then may come to another member as well. A cancelled call loses no message; the
        next one returns them.

        Raises:
            StreamUnavailable: the broker does not answer; a later call goes on by itself.
        """
        ...

    async def commit(self, deliveries: Sequence[Delivery]) -> None:
        """Note that these and all before them in their partitions have had their effect.

        Partitions that were given to another member meanwhile are left out without an error. A
        group never goes back by a commit.

        Raises:
            StreamUnavailable: the broker does not answer; they may come again. Until then the call
                can be repeated.
        """
        ...

    async def close(self) -> None:
        """Leave the group, so that others take over at once."""
        ...
