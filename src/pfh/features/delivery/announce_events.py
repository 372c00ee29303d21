"""The consumer of a serving process that tells the relay of new events, before it looks itself."""

from __future__ import annotations

import asyncio

from pfh.features.delivery.relay_events import SIGNAL
from pfh.ports.services import Services


async def run(services: Services, stopping: asyncio.Event) -> None:
    """Give the relay's signal after each commit with events, until `stopping` is set.

    A hint: without Redis it stays in this process, and the relay finds the events by looking.
    """

    def announced(_household_id: int) -> None:
        services.signals.give(SIGNAL)

    unsubscribe = services.database.subscribe(announced)
    try:
        await stopping.wait()
    finally:
        unsubscribe()
