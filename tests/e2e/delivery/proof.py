"""What must be true of a plant after everything that befell it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import asyncpg

from tests.e2e.delivery.plant import PATIENCE_SECONDS, Plant, first_sights
from tests.e2e.delivery.writing import Writer

_WAITS = "SELECT COUNT(*) FROM outbox"
_HEADS = "SELECT household_id, household_seq FROM event_heads"
_WRITTEN = "SELECT description, COUNT(*) FROM entries WHERE description = ANY($1) GROUP BY 1"


async def _rows(url: str, sql: str, *arguments: object) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql, *arguments)]
    finally:
        await connection.close()


def rows(url: str, sql: str, *arguments: object) -> list[tuple[object, ...]]:
    """Read rows of the plant's database."""
    return asyncio.run(_rows(url, sql, *arguments))


def settle(plant: Plant, url: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the outbox is empty and the read models are at the head of the books."""
    limit = time.monotonic() + seconds
    while True:
        ((waits,),) = rows(url, _WAITS)
        verified = plant.run("verify") if not waits else None
        if verified is not None and verified.returncode == 0:
            return
        words = "" if verified is None else verified.stdout + verified.stderr
        assert time.monotonic() < limit, f"{waits} events wait; {words}"
        time.sleep(0.2)


def prove(plant: Plant, url: str, writers: Sequence[Writer]) -> None:
    """Prove each promise: acknowledged once, in order, effects once.

    `pfh verify`, which `settle` has run, recomputes the chain of events and compares every read
    model with what the journal gives.
    """
    wanted = [one for writer in writers for one in writer.acknowledged]
    written = {str(one): count for one, count in rows(url, _WRITTEN, wanted)}
    lost = [one for one in wanted if one not in written]
    assert not lost, f"acknowledged and not there: {lost}"
    doubled = [one for one, count in written.items() if count != 1]
    assert not doubled, f"there more than once: {doubled}"
    heads = {int(str(household)): int(str(seq)) for household, seq in rows(url, _HEADS)}
    sights = first_sights(plant.messages())
    for household, head in heads.items():
        seen = sights.get(household, [])
        # What was written before the relay was registered need not travel.
        assert seen == list(range(head - len(seen) + 1, head + 1)), f"household {household}"
