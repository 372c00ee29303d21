"""Bringing one household of a consumer group forward, from messages or from the books.

The rule is the whole safety of consuming (docs/specs/events.md §9): an event is applied only when
it follows the one that was applied last, by its number and its link in the chain; older ones were
seen, and what lies between is read from the books. So a message may come twice, late, or never,
and one of a history that was undone does no lasting harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pfh.features.delivery.effect import TRANSIENT, Effect
from pfh.features.delivery.message_spans import processing
from pfh.observability.correlation import correlation_id
from pfh.observability.delivery_metrics import CONSUMER_EVENTS, CONSUMER_LAG_SECONDS
from pfh.observability.failpoints import reached
from pfh.observability.logging import get_logger
from pfh.observability.metrics import PROJECTION_DROPPED
from pfh.ports.clock import Clock
from pfh.ports.documents import DocumentsUnavailable
from pfh.ports.event_log import NO_EVENTS, EventLog, Head, RecordedEvent
from pfh.ports.event_stream import DeadLetter, Delivery, EventPublisher
from pfh.ports.parking import ParkedHousehold, Parking

BATCH_EVENTS: Final = 1_000
# A store may keep a batch in one document of 16 MB; what events add is about twice their text.
BATCH_BYTES: Final = 4_000_000
ATTEMPTS: Final = 3
_RIVALS_MAX: Final = 50
_MICROSECONDS: Final = 1_000_000
_LOGGER: Final = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What the consumers of a group work with."""

    name: str
    topic: str
    effect: Effect
    event_log: EventLog
    parking: Parking
    publisher: EventPublisher
    clock: Clock


class _Poisoned(Exception):
    """This event cannot be applied, however often it is tried."""

    def __init__(self, head: Head, event: RecordedEvent, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.head = head
        self.event = event
        self.error = error


async def apply_household(
    group: Group, household_id: int, deliveries: Sequence[Delivery], head: Head
) -> Head:
    """Apply what was delivered of a household and what is missing before it; return the new head.

    Args:
        group: whose effect.
        household_id: of all deliveries.
        deliveries: in the order of the stream; one that cannot be read stands for whatever the
            books have. None at all means the same: up to the head of the books.
        head: what is known to be applied last.

    An event that cannot be applied parks the household, and is no error to the caller.

    Raises:
        DocumentsUnavailable, DatabaseError, StreamUnavailable: a server is away; what was applied
            is applied, the same call does the rest.
    """
    messages = {one.event.household_seq: one for one in deliveries if one.event is not None}
    if len(messages) == len(deliveries) and messages:
        wanted = max(messages)
    else:
        books = await group.event_log.head(household_id)
        wanted = max(books.household_seq, max(messages, default=0))
    skipped = sum(1 for seq in messages if seq <= head.household_seq)
    skipped += sum(1 for one in deliveries if one.event is not None) - len(messages)
    if skipped:
        CONSUMER_EVENTS.labels(group.name, "skipped").inc(skipped)
    with processing(group.name, deliveries):
        try:
            if not _is_in_doubt(messages, head) or await group.event_log.holds(household_id, head):
                return await _bring_forward(group, household_id, messages, head, wanted)
            return await _begin_again(group, household_id, head)
        except _Poisoned as poisoned:
            message = messages.get(poisoned.event.household_seq)
            await _park(group, poisoned, None if message is None else message.traceparent)
            return poisoned.head


def _is_in_doubt(messages: Mapping[int, Delivery], head: Head) -> bool:
    """Tell whether something speaks against the head, or nothing for it."""
    if not messages:
        return True
    same = messages.get(head.household_seq)
    return same is not None and same.event is not None and same.event.after != head


async def _begin_again(group: Group, household_id: int, head: Head) -> Head:
    """Drop a read model with events that the books do not have, and make it from the books.

    Books lose events when they are restored, or when a replica takes over that did not have all.
    What was delivered of the household is left out: it may be of the same lost history, which the
    books then would undo again, and so on without end.
    """
    _LOGGER.warning(
        "read_model_of_other_books",
        group=group.name,
        household_id=household_id,
        household_seq=head.household_seq,
    )
    PROJECTION_DROPPED.labels(group.name).inc()
    await group.effect.forget(household_id, head)
    books = await group.event_log.head(household_id)
    head = await _head(group, household_id)
    return await _bring_forward(group, household_id, {}, head, books.household_seq)


async def _head(group: Group, household_id: int) -> Head:
    return (await group.effect.heads([household_id])).get(household_id, NO_EVENTS)


async def _bring_forward(
    group: Group, household_id: int, messages: Mapping[int, Delivery], head: Head, wanted: int
) -> Head:
    rivals = 0
    while head.household_seq < wanted:
        before = head
        events: Sequence[RecordedEvent] = _next_of(messages, head)
        outcome = "applied"
        if not events:
            events, outcome = await _read(group, household_id, head), "healed"
            is_linked = events and events[0].before == head
            if not is_linked and not await group.event_log.holds(household_id, head):
                return await _begin_again(group, household_id, head)
        if not events:
            _LOGGER.warning("event_unknown_to_books", group=group.name, household_seq=wanted)
            return head
        applied = await _apply(group, household_id, head, events)
        if applied:
            _count(group, applied, outcome, messages)
            head = applied[-1].after
            continue
        # Another consumer, or the sweep, was here first.
        head = await _head(group, household_id)
        rivals = rivals + 1 if head.household_seq <= before.household_seq else 0
        if rivals > _RIVALS_MAX:
            raise DocumentsUnavailable("the head of a household neither moves nor lets us move it")
    return head


def _next_of(messages: Mapping[int, Delivery], head: Head) -> list[RecordedEvent]:
    """Return the delivered events that follow the head one by one, as many as fit a batch."""
    events: list[RecordedEvent] = []
    total = 0
    while len(events) < BATCH_EVENTS:
        found = messages.get(head.household_seq + 1)
        if found is None or found.event is None or found.event.before != head:
            break
        total += len(found.event.payload)
        if events and total > BATCH_BYTES:
            break
        events.append(found.event)
        head = found.event.after
    return events


async def _read(group: Group, household_id: int, head: Head) -> Sequence[RecordedEvent]:
    """Return the next events from the books, as many as fit a batch."""
    after_seq = head.household_seq
    found = await group.event_log.read(household_id, after_seq=after_seq, limit=BATCH_EVENTS)
    total = 0
    for index, event in enumerate(found):
        total += len(event.payload)
        if index and total > BATCH_BYTES:
            return found[:index]
    return found


async def _apply(
    group: Group, household_id: int, head: Head, events: Sequence[RecordedEvent]
) -> Sequence[RecordedEvent]:
    """Apply as many of the events as can be; return those, none when the head is elsewhere.

    Raises:
        _Poisoned: the first of them cannot be applied.
    """
    reached("consumer.before_effect")
    try:
        applied = await group.effect.apply(household_id, head, events)
    except TRANSIENT:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with an event
        if len(events) > 1:
            # Halves find the one that is wrong, and those before it count.
            return await _apply(group, household_id, head, events[: len(events) // 2])
        return await _apply_from_books(group, head, events[0], error)
    reached("consumer.after_effect")
    return events if applied else ()


async def _apply_from_books(
    group: Group, head: Head, event: RecordedEvent, error: Exception
) -> Sequence[RecordedEvent]:
    """Try one event again as the books have it: its message may have been spoilt on the way."""
    household_id = event.household_id
    for _ in range(1, ATTEMPTS):
        found = await group.event_log.read(household_id, after_seq=event.household_seq - 1, limit=1)
        if not found:
            # The books do not have it: it is none of theirs.
            break
        try:
            return found if await group.effect.apply(household_id, head, found) else ()
        except TRANSIENT:
            raise
        except Exception as again:  # noqa: BLE001 -- as above
            error = again
    raise _Poisoned(head, event, error)


def _count(
    group: Group,
    events: Sequence[RecordedEvent],
    outcome: str,
    messages: Mapping[int, Delivery],
) -> None:
    CONSUMER_EVENTS.labels(group.name, outcome).inc(len(events))
    last = events[-1]
    if outcome == "applied":
        now, lag = group.clock.now(), CONSUMER_LAG_SECONDS.labels(group.name)
        for event in events:
            lag.observe(max(0, now - event.occurred_at) / _MICROSECONDS)
    message = messages.get(last.household_seq)
    token = correlation_id.set(last.correlation_id)
    _LOGGER.debug(
        "events_applied",
        group=group.name,
        outcome=outcome,
        first_seq=events[0].household_seq,
        last_seq=last.household_seq,
        traceparent=None if message is None else message.traceparent,
    )
    correlation_id.reset(token)


async def _park(group: Group, poisoned: _Poisoned, traceparent: str | None) -> None:
    """Tell the dead-letter topic first, so that a crash in between tells it twice, not never."""
    event, error = poisoned.event, f"{type(poisoned.error).__name__}"
    token = correlation_id.set(event.correlation_id)
    _LOGGER.failure(
        "household_parked",
        poisoned.error,
        group=group.name,
        event_id=event.event_id,
        event_type=event.type,
        household_seq=event.household_seq,
        traceparent=traceparent,
    )
    correlation_id.reset(token)
    await group.publisher.bury(
        [DeadLetter(group.topic, event, traceparent, group.name, error, ATTEMPTS)]
    )
    await group.parking.park(
        ParkedHousehold(
            group=group.name,
            household_id=event.household_id,
            household_seq=event.household_seq,
            event_id=event.event_id,
            event_type=event.type,
            error=error,
            attempts=ATTEMPTS,
            parked_at=group.clock.now(),
        )
    )
    CONSUMER_EVENTS.labels(group.name, "parked").inc()
