"""Finding the households that no message brought forward, and bringing them forward.

It exists because messages are hints: a topic may be emptied, offsets reset, Kafka away for days,
and events written before the relay was registered never travel. The books are compared with the
effect every half minute, and what stays behind is read from the books.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from pfh.features.delivery.apply_household import Group, apply_household
from pfh.features.delivery.effect import TRANSIENT
from pfh.observability.delivery_metrics import CONSUMER_FAILURES, CONSUMER_PARKED
from pfh.observability.logging import get_logger
from pfh.observability.metrics import PROJECTION_BEHIND
from pfh.ports.event_log import NO_EVENTS
from pfh.ports.leadership import Leadership, Lease

SWEEP_SECONDS: Final = 30.0
# While the stream does not answer, the sweep is the only one who projects.
ALONE_SECONDS: Final = 2.0
HOUSEHOLDS_A_SWEEP: Final = 1_000
_LOGGER: Final = get_logger(__name__)
Wait = Callable[[float], Awaitable[None]]


async def sweep_households(
    group: Group,
    leadership: Leadership,
    stopping: asyncio.Event,
    wait: Wait,
    *,
    stream_answers: Callable[[], bool],
) -> None:
    """Sweep until `stopping` is set, in one process of the group at a time.

    Args:
        group: whose effect.
        leadership: decides who sweeps; several would do the same work twice, and no harm.
        stopping: set when the process stops.
        wait: how to pause.
        stream_answers: whether messages are coming just now.
    """
    seen: frozenset[int] = frozenset()
    lease: Lease | None = None
    try:
        while not stopping.is_set():
            try:
                if lease is None or not await lease.confirm():
                    lease = await leadership.try_lead(f"sweep {group.name}")
                if lease is not None:
                    seen = await sweep(group, seen if stream_answers() else None)
            except TRANSIENT as error:
                CONSUMER_FAILURES.labels(group.name).inc()
                _LOGGER.warning("sweep_waits", group=group.name, reason=str(error))
            await wait(SWEEP_SECONDS if stream_answers() else ALONE_SECONDS)
    finally:
        if lease is not None:
            await lease.release()


async def sweep(group: Group, seen: frozenset[int] | None) -> frozenset[int]:
    """Bring forward what is behind; return what was found to be.

    Args:
        group: whose effect.
        seen: what the sweep before found; only those still behind are brought forward, for the
            others a message is probably on its way. None brings forward all.
    """
    parked = await _parked(group)
    CONSUMER_PARKED.labels(group.name).set(len(parked))
    found = await group.effect.behind(limit=HOUSEHOLDS_A_SWEEP + len(parked))
    behind = frozenset(found) - parked
    PROJECTION_BEHIND.labels(group.name).set(len(behind))
    late = sorted(behind if seen is None else behind & seen)
    heads = await group.effect.heads(late) if late else {}
    for household_id in late:
        await apply_household(group, household_id, (), heads.get(household_id, NO_EVENTS))
    return behind


async def _parked(group: Group) -> set[int]:
    """Return the parked households; one whose event the books lost since has no reason to wait."""
    listed = await group.parking.every(group.name)
    written = await group.event_log.written_at(
        {one.household_id: one.household_seq for one in listed}
    )
    found = set()
    for one in listed:
        here = written.get(one.household_id)
        if here is not None and here.event_id == one.event_id:
            found.add(one.household_id)
        elif await group.parking.unpark(group.name, one.household_id):
            _LOGGER.info("parked_event_undone", group=group.name, household_id=one.household_id)
    return found
