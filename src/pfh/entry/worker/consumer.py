"""`pfh consume`: a process that takes events from Kafka to what a group does with them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from pfh.entry.worker.process import Opening, pause
from pfh.features.delivery.api import consume_events, sweep_households
from pfh.ports.services import Services
from pfh.runtime import delivery
from pfh.runtime.lifespan import Consumer
from pfh.runtime.settings import Settings


def opening_of(group_name: str) -> Opening:
    """Return what opens the consumer of a group and its sweep."""

    async def open_consumer(
        services: Services, settings: Settings, stack: AsyncExitStack
    ) -> dict[str, Consumer]:
        group = await delivery.open_group(group_name, services, settings, stack)
        leadership = await delivery.open_leadership(settings, stack)
        watch = delivery.StreamWatch()

        async def consume(_: Services, stopping: asyncio.Event) -> None:
            subscription = watch.over(delivery.subscription_of(group_name, settings))
            try:
                await consume_events(
                    group,
                    subscription,
                    stopping,
                    partial(pause, stopping),
                    workers=delivery.workers_of(settings),
                )
            finally:
                await subscription.close()

        async def sweep(_: Services, stopping: asyncio.Event) -> None:
            await sweep_households(
                group,
                leadership,
                stopping,
                partial(pause, stopping),
                stream_answers=watch.answers,
            )

        return {"consumer": consume, "sweep": sweep}

    return open_consumer
