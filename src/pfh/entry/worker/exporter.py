"""`pfh exporter`: the process that tells the lag of consumers and the backlog of the books.

It exists because whoever is dead cannot say so. Each part is asked by a loop of its own, in bounded
time, so that a scrape waits for nothing and one that is away hides no other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from pfh.adapters.outbox.sql import SqlOutbox
from pfh.adapters.parking.sql import SqlParking
from pfh.entry.worker import exported
from pfh.features.delivery.api import observe_backlog
from pfh.features.identity.api import count_active_users
from pfh.observability.exporter_metrics import PART_SECONDS, PART_UP
from pfh.observability.logging import get_logger
from pfh.ports.services import Services
from pfh.runtime import delivery
from pfh.runtime.consumer_groups import GROUPS
from pfh.runtime.lifespan import Consumer
from pfh.runtime.settings import Settings

if TYPE_CHECKING:
    from pfh.adapters.event_stream.kafka_lag import KafkaLag

MEASURE_SECONDS: Final = 5.0
# It reads the sessions of everybody, and changes slowly.
ACTIVITY_SECONDS: Final = 60.0
# Longer than any honest answer; what takes so long is told as away.
PART_SECONDS_MAX: Final = 10.0
_LOGGER: Final = get_logger(__name__)


class Part(NamedTuple):
    """What is asked together: `measure` sets its metrics, `forget` takes them away.

    `every_seconds` is the pause of a part that is not asked as often as the others.
    """

    measure: Callable[[], Awaitable[None]]
    forget: Callable[[], None]
    every_seconds: float | None = None


async def open_exporter(
    services: Services, settings: Settings, stack: AsyncExitStack
) -> dict[str, Consumer]:
    """Begin to measure; there is no other work.

    The loops are none of the supervised kind, which wait for the books: Kafka is told without them.
    """
    parts = {
        "outbox": Part(partial(_measure_outbox, services), exported.forget_outbox),
        "parking": Part(partial(_measure_parking, services), exported.forget_parking),
        "activity": Part(
            partial(_measure_activity, services), exported.forget_activity, ACTIVITY_SECONDS
        ),
    }
    exported.forget_kafka()
    lag = delivery.lag_of(settings)
    if lag is not None:
        thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-lag")
        stack.callback(thread.shutdown, wait=False, cancel_futures=True)
        parts["kafka"] = Part(partial(_measure_kafka, lag, thread), exported.forget_kafka)
    await stack.enter_async_context(measuring(parts))
    return {}


@asynccontextmanager
async def measuring(
    parts: Mapping[str, Part],
    *,
    every_seconds: float = MEASURE_SECONDS,
    seconds_max: float = PART_SECONDS_MAX,
) -> AsyncIterator[None]:
    """Measure each part again and again beside the block."""
    for name, part in parts.items():
        _forget(name, part, 0.0)
    tasks = [
        asyncio.create_task(_repeat(name, part, every_seconds, seconds_max), name=f"part-{name}")
        for name, part in parts.items()
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(name: str, part: Part, every_seconds: float, seconds_max: float) -> None:
    was_up: bool | None = None
    while True:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(seconds_max):
                await part.measure()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the metric says that it is away
            _forget(name, part, time.monotonic() - begun)
            if was_up is not False:
                _LOGGER.failure("exporter_part_failed", error, part=name)
            was_up = False
        else:
            PART_UP.labels(name).set(1)
            PART_SECONDS.labels(name).set(time.monotonic() - begun)
            if was_up is False:
                _LOGGER.info("exporter_part_answers", part=name)
            was_up = True
        await asyncio.sleep(part.every_seconds if was_up and part.every_seconds else every_seconds)


def _forget(name: str, part: Part, seconds: float) -> None:
    PART_UP.labels(name).set(0)
    PART_SECONDS.labels(name).set(seconds)
    part.forget()


async def _measure_outbox(services: Services) -> None:
    await observe_backlog(SqlOutbox(services.database, services.clock), services.clock.now())


async def _measure_parking(services: Services) -> None:
    exported.show_parking(await SqlParking(services.database).counts(), GROUPS)


async def _measure_activity(services: Services) -> None:
    exported.show_activity(await count_active_users(services))


async def _measure_kafka(lag: KafkaLag, thread: ThreadPoolExecutor) -> None:
    measured = await asyncio.get_running_loop().run_in_executor(thread, lag.measure)
    exported.show_kafka(measured, time.time())
