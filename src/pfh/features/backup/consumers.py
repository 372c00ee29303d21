"""The consumer that makes a backup whenever one is due."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from pfh.features.backup.warn_administrators import warn_administrators
from pfh.ports.backups import Backups
from pfh.ports.services import Services

# The first visitors after a start come before the first backup.
FIRST_PAUSE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 60.0


async def run(services: Services, stopping: asyncio.Event) -> None:
    """Look every minute whether a backup is due, until `stopping` is set.

    Administrators hear by mail of one that failed or was not made.
    """
    if services.backups is None:
        await stopping.wait()
        return
    await _pause(stopping, FIRST_PAUSE_SECONDS)
    while not stopping.is_set():
        await _make_due(services, services.backups)
        await _pause(stopping, PAUSE_SECONDS)


async def _make_due(services: Services, backups: Backups) -> None:
    try:
        await backups.make_due(services)
    except Exception:
        await warn_administrators(services, every_hours=backups.every_hours)
        raise
    await warn_administrators(services, every_hours=backups.every_hours)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
