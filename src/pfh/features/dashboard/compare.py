"""Proving the read model: every document against the journal, and rebuilding it from the events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from pfh.features.dashboard.consumers import BATCH_EVENTS, project
from pfh.features.dashboard.ledger_documents import read_from_ledger
from pfh.ports.database import Connection
from pfh.ports.documents import Collection, Document, Range
from pfh.ports.services import Services

# Each holds a batch of events in memory; more of them win nothing on two cores.
HOUSEHOLDS_AT_ONCE: Final = 4
_COLLECTIONS: tuple[Collection, ...] = (
    "monthly_summaries",
    "daily_category_spend",
    "balance_history",
)


async def differences(services: Services, household_id: int) -> list[str]:
    """Return one sentence for each document that differs from the journal; [] when all agree.

    A read model that is behind is brought to the head first: lag is not corruption.
    """
    while not await project(services, household_id):
        pass
    found: list[str] = []
    for collection in _COLLECTIONS:
        wanted = Range(collection, "0000-00", "9999-99")
        _, [kept] = await services.documents.read(household_id, [wanted])
        whole = Range(collection, "1900-01", "2199-12")

        async def unit(connection: Connection, whole: Range = whole) -> list[Document]:
            return await read_from_ledger(connection, household_id, whole)

        truth = await services.database.read(unit)
        found.extend(_compare(household_id, collection, _by_key(kept), _by_key(truth)))
    return found


def _by_key(documents: list[Document]) -> dict[tuple[str, int, str], tuple[int, int, int]]:
    return {
        (d.period, d.subject_id, d.commodity): (d.first_minor, d.second_minor, d.count)
        for d in documents
        # What was counted up and down again is as good as absent.
        if d.first_minor or d.second_minor or d.count
    }


def _compare(
    household_id: int,
    collection: str,
    kept: dict[tuple[str, int, str], tuple[int, int, int]],
    truth: dict[tuple[str, int, str], tuple[int, int, int]],
) -> list[str]:
    return [
        f"household {household_id}: {collection} {key} has {kept.get(key)}, "
        f"the journal says {truth.get(key)}"
        for key in sorted({*kept, *truth})
        if kept.get(key) != truth.get(key)
    ]


async def rebuild(
    services: Services, household_id: int, progress: Callable[[int], None] | None = None
) -> int:
    """Drop a household's read model and project all its events again; returns the head.

    `progress` is called with the number of events of each batch.
    """
    await services.documents.forget(household_id)
    before = 0
    while True:
        at_head = await project(services, household_id)
        after = (await services.documents.head(household_id)).household_seq
        if progress is not None:
            progress(after - before)
        if at_head and after - before < BATCH_EVENTS:
            return after
        before = after


async def rebuild_each(
    services: Services,
    household_ids: Sequence[int],
    progress: Callable[[int], None] | None = None,
) -> None:
    """Rebuild several households, some at once: one is read while another is written.

    `progress` as above, of all of them.
    """
    waiting = list(reversed(household_ids))

    async def work() -> None:
        while waiting:
            await rebuild(services, waiting.pop(), progress)

    workers = [asyncio.ensure_future(work()) for _ in range(HOUSEHOLDS_AT_ONCE)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
