"""The relay: takes what waits in the outbox to the stream, in order, by one leader.

Why nothing is lost, whoever crashes or pauses where: an event waits until `Outbox.published`, which
is called only after the brokers confirmed it. A crash before that publishes it again.

Why the order of a household is kept even by two relays that both believe they lead (one was paused
between its last question and `publish`): each of them publishes what one snapshot of the outbox
gave, in order of position. Of a household that is a run of consecutive numbers (see the port), and
the number before the run was reported as published, so was stored, before the snapshot. So a number
enters the stream for the first time only after the one before it, whichever relay brought that.
What the late relay adds are repetitions, which readers skip; what it then reports as published was
published by itself, so nothing is lost either. An event whose transaction commits late is the first
of its household that waits, however low its position is: there is no cursor that could pass it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pfh.features.delivery.message_spans import ending, outgoing_of
from pfh.observability.correlation import correlation_id
from pfh.observability.delivery_metrics import (
    OUTBOX_EVENTS,
    OUTBOX_OLDEST_SECONDS,
    OUTBOX_QUARANTINED,
    RELAY_FAILURES,
    RELAY_LEADER,
    RELAY_PUBLISHED,
)
from pfh.observability.failpoints import reached
from pfh.observability.logging import get_logger
from pfh.observability.spans import Span
from pfh.ports.database import DatabaseError
from pfh.ports.event_stream import (
    EventPublisher,
    EventRefused,
    StreamUnavailable,
)
from pfh.ports.leadership import Leadership, Lease
from pfh.ports.outbox import Outbox

NAME: Final = "kafka"
WORK: Final = "relay"
SIGNAL: Final = "outbox"
BATCH_EVENTS: Final = 1_000
STANDBY_SECONDS: Final = 0.5
CONFIRM_SECONDS: Final = 1.0
# What is written within this time travels together: a message alone costs brokers as much as ten.
PACE_SECONDS: Final = 0.03
RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0)
_MICROSECONDS: Final = 1_000_000
_LOGGER: Final = get_logger(__name__)
Wait = Callable[[float], Awaitable[None]]
"""Returns after so many seconds, or sooner when there may be something to do or to stop for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """What a relay works with.

    `topics_of` tells the topics of an event type, the first of which takes the whole log: a
    household's numbers run through all types, so only in one topic can a reader see that none is
    missing. `idle_seconds` is the time between two looks into an empty outbox.
    """

    outbox: Outbox
    publisher: EventPublisher
    leadership: Leadership
    topics_of: Callable[[str], Sequence[str]]
    idle_seconds: float = 0.05


class LeadershipLost(Exception):
    """Another relay may lead; this one must not publish."""


async def relay_events(relay: Relay, stopping: asyncio.Event, wait: Wait) -> None:
    """Lead whenever nobody else does, until `stopping` is set; the batch under way is finished."""
    RELAY_LEADER.set(0)
    while not stopping.is_set():
        try:
            lease = await relay.leadership.try_lead(WORK)
            if lease is not None:
                await _lead(relay, lease, stopping, wait)
                continue
        except DatabaseError as error:
            _LOGGER.warning("relay_without_database", reason=str(error))
        await wait(STANDBY_SECONDS)


async def _lead(relay: Relay, lease: Lease, stopping: asyncio.Event, wait: Wait) -> None:
    RELAY_LEADER.set(1)
    _LOGGER.info("relay_leads")
    try:
        if await relay.outbox.register(NAME):
            _LOGGER.info("relay_registered", relay=NAME)
        await _publish_while_leading(relay, lease, stopping, wait)
    except LeadershipLost:
        _LOGGER.warning("relay_leadership_lost")
    finally:
        RELAY_LEADER.set(0)
        await lease.release()


async def _publish_while_leading(
    relay: Relay, lease: Lease, stopping: asyncio.Event, wait: Wait
) -> None:
    failures, confirmed = 0, _clock()
    while not stopping.is_set():
        try:
            count = await relay_batch(relay, lease)
        except StreamUnavailable as error:
            pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
            failures += 1
            RELAY_FAILURES.inc()
            _LOGGER.warning("stream_unavailable", reason=str(error), pause_seconds=pause)
            await wait(pause)
            continue
        failures = 0
        if count:
            confirmed = _clock()
            if count < BATCH_EVENTS:
                # Not `wait`, which the next write would end.
                await asyncio.sleep(PACE_SECONDS)
            continue
        if _clock() - confirmed >= CONFIRM_SECONDS:
            await _confirm(lease)
            confirmed = _clock()
        await wait(relay.idle_seconds)


async def relay_batch(relay: Relay, lease: Lease, *, limit: int = BATCH_EVENTS) -> int:
    """Publish the first events that wait; return how many left the outbox or were held back.

    Raises:
        LeadershipLost: found before anything was published.
        StreamUnavailable: whatever was stored will be published again.
    """
    waiting = await relay.outbox.waiting(limit=limit)
    if not waiting:
        return 0
    await _confirm(lease)
    spans: list[Span] = []
    outgoing = [
        outgoing_of(topic, one, spans)
        for one in waiting
        for topic in relay.topics_of(one.event.type)
    ]
    reached("relay.read")
    try:
        with ending(spans):
            await relay.publisher.publish(outgoing)
    except EventRefused as refused:
        await _quarantine(relay.outbox, refused)
        return 1
    reached("relay.published")
    await relay.outbox.published([one.event.position for one in waiting])
    reached("relay.noted")
    RELAY_PUBLISHED.inc(len(waiting))
    return len(waiting)


async def _quarantine(outbox: Outbox, refused: EventRefused) -> None:
    """Hold one household back: the others need not wait for an event that is no concern of them."""
    event = refused.event
    await outbox.quarantine(event, refused.reason)
    token = correlation_id.set(event.correlation_id)
    _LOGGER.error(
        "event_quarantined",
        reason=refused.reason,
        event_id=event.event_id,
        event_type=event.type,
        position=event.position,
    )
    correlation_id.reset(token)


def _clock() -> float:
    """Return the seconds of the running loop, which a simulation may drive."""
    return asyncio.get_running_loop().time()


async def _confirm(lease: Lease) -> None:
    if not await lease.confirm():
        raise LeadershipLost


async def observe_backlog(outbox: Outbox, now: int) -> None:
    """Set the metrics of what waits; `now` is an instant."""
    backlog = await outbox.backlog()
    age = 0.0 if backlog.oldest_at is None else max(0, now - backlog.oldest_at) / _MICROSECONDS
    OUTBOX_EVENTS.set(backlog.events)
    OUTBOX_OLDEST_SECONDS.set(age)
    OUTBOX_QUARANTINED.set(backlog.quarantined_households)
