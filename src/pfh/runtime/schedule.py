"""Work by the clock, done by one process of the installation at a time."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from pfh.observability.logging import get_logger
from pfh.ports.leadership import Leadership
from pfh.ports.services import Services
from pfh.runtime import housekeeping

WORK: Final = "schedule"
# How often a standby asks, and a leader looks whether it still leads.
LOOK_SECONDS: Final = 5.0
_LOGGER: Final = get_logger(__name__)


async def run(services: Services, leadership: Leadership, stopping: asyncio.Event) -> None:
    """Lead whenever nobody else does, and sweep once an hour, until `stopping` is set."""
    while not stopping.is_set():
        lease = await leadership.try_lead(WORK)
        if lease is not None:
            _LOGGER.info("schedule_leads")
            try:
                due = _clock() + housekeeping.FIRST_PAUSE_SECONDS
                while not stopping.is_set() and await lease.confirm():
                    if _clock() >= due:
                        await housekeeping.sweep(services)
                        due = _clock() + housekeeping.PAUSE_SECONDS
                    await _pause(stopping)
            finally:
                await lease.release()
        await _pause(stopping)


def _clock() -> float:
    return asyncio.get_running_loop().time()


async def _pause(stopping: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), LOOK_SECONDS)
