"""The consumer that keeps the dashboard's read models: woken by commits, sure by polling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from pfh.features.dashboard.projection import increments_of
from pfh.observability.logging import get_logger
from pfh.observability.metrics import (
    PROJECTION_DROPPED,
    PROJECTION_EVENTS,
    PROJECTION_FAILURES,
    PROJECTION_SECONDS,
)
from pfh.ports.database import DatabaseError
from pfh.ports.documents import DocumentsUnavailable, Increment
from pfh.ports.event_log import NO_EVENTS, Head, RecordedEvent
from pfh.ports.services import Services

NAME: Final = "dashboard"
BATCH_EVENTS: Final = 1_000
# A store may keep a batch in one document of 16 MB; what events add is about twice their text.
BATCH_BYTES: Final = 4_000_000
# Announcements are hints that may be missed; the truth is asked for this often.
POLL_SECONDS: Final = 5.0
# Between the beginnings of two passes over households that write all the time: what they write
# meanwhile is applied together. The first write after a pause is applied at once.
PASS_SECONDS: Final = 0.2
# An event that cannot be applied is tried again this much later: a repair needs no restart.
STUCK_SECONDS: Final = 30.0
_HOUSEHOLDS_A_POLL: Final = 1_000
_HEADS_AT_ONCE: Final = 100
_REST_SECONDS: Final = 1.0
_LOGGER: Final = get_logger(__name__)


class DashboardEffect:
    """The read models of the dashboard as what a consumer group does with events."""

    def __init__(self, services: Services) -> None:
        """Project with these services."""
        self._services = services

    async def heads(self, household_ids: Sequence[int]) -> dict[int, Head]:
        """Return how far each household's read model is."""
        return await self._services.documents.heads(household_ids)

    async def behind(self, *, limit: int) -> Sequence[int]:
        """Return households whose read model is not at the head of the books."""
        return await self._services.event_log.behind(NAME, limit=limit)

    async def apply(self, household_id: int, head: Head, events: Sequence[RecordedEvent]) -> bool:
        """Add what the events bring while they are the next."""
        increments = await _increments_of(events)
        return await self._services.documents.apply(
            household_id,
            before=head,
            after=events[-1].after,
            increments=increments,
        )

    async def forget(self, household_id: int, at: Head) -> None:
        """Drop a household's read model."""
        await self._services.documents.forget(household_id, at=at)


async def run(services: Services, stopping: asyncio.Event) -> None:
    """Project until `stopping` is set; what is under way then is finished."""
    waiting: dict[int, None] = {}
    stuck: dict[int, float] = {}
    awake = asyncio.Event()

    def announced(household_id: int) -> None:
        waiting[household_id] = None
        awake.set()

    unsubscribe = services.database.subscribe(announced)
    next_poll = 0.0
    try:
        while not stopping.is_set():
            begun = time.monotonic()
            is_behind = False
            try:
                if begun >= next_poll:
                    next_poll = begun + POLL_SECONDS
                    behind = await services.event_log.behind(NAME, limit=_HOUSEHOLDS_A_POLL)
                    waiting.update(dict.fromkeys(behind))
                awake.clear()
                is_behind = await _pass(services, waiting, stuck, stopping)
            except DocumentsUnavailable as error:
                # Once its server answers again, the poll finds everything that was missed.
                _LOGGER.warning("read_model_unavailable", consumer=NAME, reason=str(error))
                next_poll = time.monotonic() + _REST_SECONDS
                awake.clear()
            if not is_behind:
                await _wait(awake, stopping, next_poll - time.monotonic())
                await _wait(stopping, stopping, begun + PASS_SECONDS - time.monotonic())
    finally:
        unsubscribe()


async def _pass(
    services: Services,
    waiting: dict[int, None],
    stuck: dict[int, float],
    stopping: asyncio.Event,
) -> bool:
    """Apply a batch of each household that waits; True when one of them has more.

    `stuck` has until when those are left alone whose events could not be applied.
    """
    households = list(waiting)
    is_behind = False
    for begin in range(0, len(households), _HEADS_AT_ONCE):
        some = households[begin : begin + _HEADS_AT_ONCE]
        # One question for all: what another consumer applies meanwhile, its store refuses here.
        heads = await services.documents.heads(some)
        for household_id in some:
            if stopping.is_set():
                return is_behind
            del waiting[household_id]
            if stuck.get(household_id, 0.0) > time.monotonic():
                continue
            head = heads.get(household_id, NO_EVENTS)
            if not await _project_or_leave(services, household_id, head, stuck):
                waiting[household_id] = None
                is_behind = True
    return is_behind


async def _project_or_leave(
    services: Services, household_id: int, head: Head, stuck: dict[int, float]
) -> bool:
    """Apply one batch; a household whose events cannot be applied waits alone, for a while."""
    try:
        is_done = await project(services, household_id, head)
    except (DatabaseError, DocumentsUnavailable):
        raise
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with an event
        stuck[household_id] = time.monotonic() + STUCK_SECONDS
        PROJECTION_FAILURES.labels(NAME).inc()
        _LOGGER.failure("household_stuck", error, consumer=NAME, household_id=household_id)
        return True
    stuck.pop(household_id, None)
    return is_done


async def project(services: Services, household_id: int, head: Head | None = None) -> bool:
    """Apply one batch of a household's events; True when its read model is at the head.

    Args:
        services: the ports.
        household_id: whose read model.
        head: where it is, when that is known.

    Returns True also when another consumer applied the same batch first: it will go on from there.
    A read model that tells of events which the books do not have is dropped and begun again.
    """
    begun = time.perf_counter()
    if head is None:
        head = await services.documents.head(household_id)
    found = await services.event_log.read(
        household_id, after_seq=head.household_seq, limit=BATCH_EVENTS
    )
    if not await _is_theirs(services, household_id, head, found):
        PROJECTION_DROPPED.labels(NAME).inc()
        _LOGGER.warning("read_model_of_other_books", consumer=NAME, household_id=household_id)
        await services.documents.forget(household_id, at=head)
        return False
    if not found:
        return True
    events = _within_bytes(found)
    if await DashboardEffect(services).apply(household_id, head, events):
        PROJECTION_EVENTS.labels(NAME).inc(len(events))
        PROJECTION_SECONDS.labels(NAME).observe(time.perf_counter() - begun)
    return len(events) == len(found) < BATCH_EVENTS


async def _is_theirs(
    services: Services, household_id: int, head: Head, following: Sequence[RecordedEvent]
) -> bool:
    """Tell whether the books go on from this head; a link that fits needs no other proof."""
    if following and following[0].before == head:
        return True
    return await services.event_log.holds(household_id, head)


async def _increments_of(events: Sequence[RecordedEvent]) -> list[Increment]:
    if len(events) < _SMALL_BATCH:
        return increments_of(events)
    # Decoding a thousand events takes some milliseconds, which requests should not wait for.
    return await asyncio.to_thread(increments_of, events)


def _within_bytes(events: Sequence[RecordedEvent]) -> Sequence[RecordedEvent]:
    """Return the first events, as many as fit into a batch; one at least."""
    total = 0
    for index, event in enumerate(events):
        total += len(event.payload)
        if total > BATCH_BYTES and index:
            return events[:index]
    return events


_SMALL_BATCH: Final = 100


async def project_all(services: Services, household_id: int) -> int:
    """Bring one household's read model to the head and return its sequence number."""
    while not await project(services, household_id):
        pass
    return (await services.documents.head(household_id)).household_seq


async def _wait(awake: asyncio.Event, stopping: asyncio.Event, seconds: float) -> None:
    """Return when one of both is set, or after so many seconds; at once when they are negative."""
    if seconds <= 0 or awake.is_set() or stopping.is_set():
        return
    sleepers = [asyncio.ensure_future(awake.wait()), asyncio.ensure_future(stopping.wait())]
    try:
        await asyncio.wait(sleepers, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for sleeper in sleepers:
            sleeper.cancel()
