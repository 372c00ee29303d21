"""Counting for all processes together how often people were not let in, without who they were.

Whoever guesses passwords must not make the books write at each guess, so a process counts in its
memory and adds that to the table every ten seconds, and when it stops; one that is killed forgets
what came since. The table has neither accounts nor addresses: those are in the log.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence
from typing import Final

from pfh.features.identity import refusal_store
from pfh.features.identity.refusal_store import Refusals
from pfh.ports.database import Connection, DatabaseError
from pfh.ports.services import Services

KEEP_SECONDS: Final = 10.0
SPAN_SECONDS: Final = 300
_MICROSECONDS: Final = 1_000_000
_SPAN: Final = SPAN_SECONDS * _MICROSECONDS
_HOUR: Final = 3_600 * _MICROSECONDS
_DAY: Final = 24 * _HOUR
_KEPT_DAYS: Final = 7
# (event, reason) → how often in this process since it was last kept.
_uncounted: Counter[tuple[str, str]] = Counter()


def count_refusal(event: str, reason: str) -> None:
    """Count one; the reason is one of the few of docs/reference/identity.md."""
    _uncounted[event, reason] += 1


async def run(services: Services, stopping: asyncio.Event) -> None:
    """Keep what this process counts until `stopping` is set, and once more then."""
    while not stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), KEEP_SECONDS)
        await keep_refusals(services)


async def keep_refusals(services: Services) -> None:
    """Add to the table what was counted since; what cannot be added now is counted on.

    Raises:
        DatabaseError: the books are away.
    """
    counts = dict(_uncounted)
    if not counts:
        return
    _uncounted.clear()
    began_at = _span_of(services.clock.now())

    async def unit(connection: Connection) -> None:
        await refusal_store.add_refusals(connection, began_at, counts)

    try:
        await services.database.write(unit)
    except DatabaseError:
        _uncounted.update(counts)
        raise


async def recent_refusals(services: Services) -> Sequence[Refusals]:
    """Return what all processes counted in the last hour and the last day, to five minutes."""
    now = services.clock.now()

    async def unit(connection: Connection) -> list[Refusals]:
        return await refusal_store.sum_refusals(
            connection, day_since=now - _DAY - _SPAN, hour_since=now - _HOUR - _SPAN
        )

    return await services.database.read(unit)


async def forget_refusals(services: Services) -> int:
    """Delete what is older than a week and return how many rows it was."""
    before = services.clock.now() - _KEPT_DAYS * _DAY

    async def unit(connection: Connection) -> int:
        return await refusal_store.forget_refusals_before(connection, before)

    return await services.database.write(unit)


def _span_of(instant: int) -> int:
    return instant - instant % _SPAN
