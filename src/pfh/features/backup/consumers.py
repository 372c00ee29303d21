"""The consumer that makes a backup whenever one is due."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from pfh.ports.services import Services

# The first visitors after a start come before the first backup.
FIRST_PAUSE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 60.0


async def run(services: Services, stopping: asyncio.Event) -> None:
    """Look every minute whether a backup is due, until `stopping` is set."""
    if services.backups is None:
        await stopping.wait()
        return
    await _pause(stopping, FIRST_PAUSE_SECONDS)
    while not stopping.is_set():
        await services.backups.make_due(services)
        await _pause(stopping, PAUSE_SECONDS)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
