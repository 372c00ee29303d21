"""`pfh relay`: the process that takes events from the outbox to Kafka."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from pfh.entry.worker.process import pause
from pfh.features.delivery.api import Relay, observe_backlog, relay_events
from pfh.features.delivery.relay_events import SIGNAL
from pfh.ports.services import Services
from pfh.runtime import delivery
from pfh.runtime.lifespan import Consumer
from pfh.runtime.settings import Settings

BACKLOG_SECONDS: Final = 5.0


async def open_relay(
    services: Services, settings: Settings, stack: AsyncExitStack
) -> dict[str, Consumer]:
    """Return the relay and the measuring of what waits for it."""
    relay = await delivery.open_relay(services, settings, stack)

    async def publish(services: Services, stopping: asyncio.Event) -> None:
        async def wait(seconds: float) -> None:
            await _until_news(services, stopping, seconds)

        await relay_events(relay, stopping, wait)

    async def measure(services: Services, stopping: asyncio.Event) -> None:
        await _measure(relay, services, stopping)

    return {"relay": publish, "backlog": measure}


async def _until_news(services: Services, stopping: asyncio.Event, seconds: float) -> None:
    waiters = [
        asyncio.ensure_future(services.signals.wait(SIGNAL, seconds=seconds)),
        asyncio.ensure_future(stopping.wait()),
    ]
    try:
        await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()


async def _measure(relay: Relay, services: Services, stopping: asyncio.Event) -> None:
    """Set the metrics of the outbox; a standby does, too: the leader may be what fails."""
    while not stopping.is_set():
        await observe_backlog(relay.outbox, services.clock.now())
        await pause(stopping, BACKLOG_SECONDS)
