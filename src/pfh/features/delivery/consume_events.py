"""The consumer: takes messages to a group's effect, several households at once, each in order.

Offsets are committed after the effect, those of small batches together. What comes again after a
crash or a rebalance is skipped by its number; what never comes is found by the sweep. So offsets
save work and decide nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from pfh.features.delivery.apply_household import Group, apply_household
from pfh.features.delivery.batch import Batch
from pfh.features.delivery.effect import TRANSIENT
from pfh.features.delivery.uncommitted import Uncommitted
from pfh.observability.delivery_metrics import CONSUMER_EVENTS, CONSUMER_FAILURES
from pfh.observability.logging import get_logger
from pfh.ports.event_log import NO_EVENTS
from pfh.ports.event_stream import Delivery, EventSubscription, StreamUnavailable

POLL_EVENTS: Final = 2_000
POLL_SECONDS: Final = 0.5
RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_LOGGER: Final = get_logger(__name__)
Wait = Callable[[float], Awaitable[None]]
"""Returns after so many seconds, or sooner when the process stops."""


async def consume_events(
    group: Group,
    subscription: EventSubscription,
    stopping: asyncio.Event,
    wait: Wait,
    *,
    workers: int,
) -> None:
    """Consume until `stopping` is set; the batch under way is finished and committed.

    Args:
        group: whose effect.
        subscription: a member of the group; the caller closes it.
        stopping: set when the process stops.
        wait: how to pause.
        workers: how many households are worked on at once.
    """
    failures = 0
    uncommitted = Uncommitted(group.name, subscription)

    async def pause(seconds: float) -> None:
        # A server may be away for long; what was done before need not wait for it.
        await uncommitted.commit()
        await wait(seconds)

    while not stopping.is_set():
        seconds = min(POLL_SECONDS, uncommitted.seconds_left)
        try:
            deliveries = await subscription.poll(limit=POLL_EVENTS, seconds=seconds)
        except StreamUnavailable as error:
            rest = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
            failures += 1
            CONSUMER_FAILURES.labels(group.name).inc()
            _LOGGER.warning("stream_unavailable", group=group.name, reason=str(error))
            await wait(rest)
            continue
        failures = 0
        if deliveries:
            batch = Batch(deliveries)
            await _work_off(group, batch, stopping, pause, workers=workers)
            uncommitted.add(batch.committable())
        if uncommitted.seconds_left == 0:
            await uncommitted.commit()
    await uncommitted.commit()


async def _work_off(
    group: Group, batch: Batch, stopping: asyncio.Event, wait: Wait, *, workers: int
) -> None:
    """Try until every household is done; when the process stops, what waits is left to others."""
    if batch.unreadable:
        CONSUMER_EVENTS.labels(group.name, "unreadable").inc(batch.unreadable)
        _LOGGER.error("messages_unreadable", group=group.name, count=batch.unreadable)
    failures = 0
    while batch.households:
        try:
            await work_round(group, batch, workers=workers)
        except TRANSIENT as error:
            CONSUMER_FAILURES.labels(group.name).inc()
            _LOGGER.warning(
                "consumer_waits", group=group.name, reason=str(error), count=len(batch.households)
            )
            if stopping.is_set():
                return
            await wait(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
            failures += 1


async def work_round(group: Group, batch: Batch, *, workers: int) -> None:
    """Try every household that is not done once.

    Raises:
        DocumentsUnavailable, DatabaseError, StreamUnavailable: some could not be done.
    """
    households = batch.households
    parked = await group.parking.parked_of(group.name, households)
    if parked:
        skipped = sum(len(batch.of(one)) for one in parked)
        CONSUMER_EVENTS.labels(group.name, "parked").inc(skipped)
        batch.done(parked)
    waiting = list(reversed(batch.households))
    heads = await group.effect.heads(waiting)

    async def work() -> None:
        while waiting:
            household_id = waiting.pop()
            deliveries: Sequence[Delivery] = batch.of(household_id)
            await apply_household(
                group, household_id, deliveries, heads.get(household_id, NO_EVENTS)
            )
            batch.done([household_id])

    results = await asyncio.gather(
        *(work() for _ in range(min(workers, len(waiting)))), return_exceptions=True
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
