"""Counting the people who use the hub, without who they are."""

from __future__ import annotations

from typing import Final

from pfh.features.identity.session_store import count_seen_users
from pfh.ports.database import Connection
from pfh.ports.services import Services

# Sessions of longer ago are forgotten, so a month would be told too low.
WINDOW_DAYS: Final = (1, 7)
_MICROSECONDS_PER_DAY: Final = 24 * 3_600 * 1_000_000


async def count_active_users(services: Services) -> dict[int, int]:
    """Return for each of `WINDOW_DAYS` how many people used a session within so many days.

    A session is noted as used when it begins and when its tokens are exchanged, so a person counts
    for some minutes less than they are there.
    """
    now = services.clock.now()

    async def unit(connection: Connection) -> dict[int, int]:
        return {
            days: await count_seen_users(connection, since=now - days * _MICROSECONDS_PER_DAY)
            for days in WINDOW_DAYS
        }

    return await services.database.read(unit)
