"""What runs beside the requests of a process, and how it stops.

It exists so that a feature adds a consumer by one line here, and so that a consumer that fails is
started again and never takes the web server with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Final, TypeAlias

from pfh.observability.correlation import correlation_id
from pfh.observability.logging import get_logger
from pfh.observability.metrics import PROJECTION_FAILURES
from pfh.ports.database import DatabaseError
from pfh.ports.services import Services
from pfh.runtime.schema import is_current
from pfh.runtime.third_party_probes import ThirdPartyHealth

Consumer: TypeAlias = Callable[[Services, asyncio.Event], Awaitable[None]]
"""Works until the event is set, then finishes its batch and returns."""

# Name → `module:function` of a Consumer; imported when the process starts its consumers.
# Example: "dashboard": "pfh.features.dashboard.consumers:run".
CONSUMERS: Final[dict[str, str]] = {
    "dashboard": "pfh.features.dashboard.consumers:run",
    "imports": "pfh.features.imports.consumers:run",
    "mail": "pfh.features.mail.consumers:run",
    "backup": "pfh.features.backup.consumers:run",
    "refusals": "pfh.features.identity.count_refusals:run",
    "housekeeping": "pfh.runtime.housekeeping:run",
}
# With Kafka, other processes project and do what the clock says (`pfh consume`, `pfh schedule`).
CONSUMERS_BESIDE_KAFKA: Final[dict[str, str]] = {
    "announcements": "pfh.features.delivery.announce_events:run",
    "imports": CONSUMERS["imports"],
    # Letters have no order and each is claimed, so any number of processes may send them.
    "mail": CONSUMERS["mail"],
    # Each process adds what it counted itself.
    "refusals": CONSUMERS["refusals"],
}
_PAUSES_SECONDS: Final = (0.2, 1.0, 5.0, 30.0)
_DATABASE_PAUSE_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 5.0
_SCHEMA_PAUSE_SECONDS: Final = 1.0
_LOGGER: Final = get_logger(__name__)


@dataclass(slots=True)
class Hub:
    """The state of this process that health answers tell; times are monotonic seconds."""

    started: float = field(default_factory=time.monotonic)
    draining: bool = False
    third_parties: ThirdPartyHealth = field(default_factory=ThirdPartyHealth)

    @property
    def uptime_seconds(self) -> int:
        """Whole seconds since the start."""
        return int(time.monotonic() - self.started)


@asynccontextmanager
async def running_consumers(
    services: Services,
    consumers: Mapping[str, str | Consumer] | None = None,
    *,
    stop_seconds: float = _STOP_SECONDS,
) -> AsyncIterator[None]:
    """Run every consumer beside the block; when it ends, let them finish their batch.

    Args:
        services: given to each.
        consumers: others than the registered ones.
        stop_seconds: how long a batch may still take before it is cut off.
    """
    stopping = asyncio.Event()
    chosen = CONSUMERS if consumers is None else consumers
    tasks = [
        asyncio.create_task(_supervise(name, consumer, services, stopping), name=f"consumer-{name}")
        for name, consumer in chosen.items()
    ]
    try:
        yield
    finally:
        stopping.set()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=stop_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _supervise(
    name: str, consumer: str | Consumer, services: Services, stopping: asyncio.Event
) -> None:
    """Run one consumer until the process stops, with longer pauses after each failure."""
    correlation_id.set(f"consumer-{name}")
    failures = 0
    while not stopping.is_set():
        begun = time.monotonic()
        try:
            if not await is_current(services.database):
                # The tables are made by somebody else, soon; readiness says that they are missing.
                await _pause(stopping, _SCHEMA_PAUSE_SECONDS)
                continue
            await _load(consumer)(services, stopping)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the next try may succeed
            failures = 0 if time.monotonic() - begun > _PAUSES_SECONDS[-1] else failures
            pause = _PAUSES_SECONDS[min(failures, len(_PAUSES_SECONDS) - 1)]
            if isinstance(error, DatabaseError):
                # No fault of the consumer: people wait for it as soon as the database is back.
                pause = min(pause, _DATABASE_PAUSE_SECONDS)
            failures += 1
            PROJECTION_FAILURES.labels(name).inc()
            _LOGGER.failure("consumer_failed", error, consumer=name, pause_seconds=pause)
            await _pause(stopping, pause)
        else:
            return


def _load(consumer: str | Consumer) -> Consumer:
    if not isinstance(consumer, str):
        return consumer
    module, _, function = consumer.partition(":")
    loaded: Consumer = getattr(import_module(module), function)
    return loaded


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
