"""`pfh schedule`: the process of work by the clock."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from pfh.features.backup.api import make_backups
from pfh.ports.services import Services
from pfh.runtime import delivery, schedule
from pfh.runtime.lifespan import Consumer
from pfh.runtime.settings import Settings


async def open_schedule(
    services: Services, settings: Settings, stack: AsyncExitStack
) -> dict[str, Consumer]:
    """Return the work by the clock."""
    del services
    leadership = await delivery.open_leadership(settings, stack)

    async def work(services: Services, stopping: asyncio.Event) -> None:
        await schedule.run(services, leadership, stopping)

    # Beside the lease: a backup takes longer than one lasts, and its record keeps others from it.
    return {"schedule": work, "backup": make_backups}
