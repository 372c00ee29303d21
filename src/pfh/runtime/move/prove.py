"""Proving that two installations are equal: rows, sums, event chains, files, reports.

Nothing that the copying counted is believed: both sides are read again from the start.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final

from pfh.features.admin import api as admin
from pfh.ports.bulk import BulkReader
from pfh.ports.database import Connection
from pfh.ports.services import Services
from pfh.runtime.move.compare_tables import Line, compare_sums, compare_table, next_of_both
from pfh.runtime.move.files import compare_files
from pfh.runtime.move.progress import Progress
from pfh.runtime.move.tables import moved_tables

HOUSEHOLDS_REPORTED: Final = 20
_ENTRIES: Final = "SELECT COUNT(*) FROM entries"
_NAMES: Final = {"event_heads": "event_heads (event chains)"}
_EQUAL, _NOT_EQUAL = "equal", "not equal"


async def compare_rows(
    source: BulkReader, target: BulkReader, progress: Progress
) -> AsyncIterator[Line]:
    """Compare every moved table and the sums of money."""
    for table in moved_tables():
        line = await compare_table(source, target, table, progress)
        yield Line(_NAMES.get(line.name, line.name), line.source, line.target, line.faults)
    for line in await compare_sums(source, target):
        yield line


async def compare_stores(reader: BulkReader, source: Services, target: Services) -> Line:
    """Compare every file that a row names, byte by byte through a digest."""
    count, faults = await compare_files(reader, (source.objects, target.objects))
    return Line("files", f"{count:,}", f"{count - len(faults):,}", tuple(faults))


async def verify_target(target: Services, progress: Progress) -> list[Line]:
    """Do what `pfh verify` does at the target."""

    async def entries(connection: Connection) -> int:
        return int(await connection.fetch_value(_ENTRIES))

    progress.begin("verify the target", total=await target.database.read(entries))
    found: dict[str, list[str]] = {}
    for household_id in await admin.all_households(target):
        for check in await admin.prove_household(target, household_id, progress.advance):
            found.setdefault(check.name, []).extend(check.faults)
    return [
        Line(f"verify: {name}", "", "faults" if faults else "ok", tuple(faults))
        for name, faults in found.items()
    ]


async def compare_reports(source: Services, target: Services, progress: Progress) -> Line:
    """Render the reports of some households on both sides and compare the bytes.

    The source adds its dashboards up from the journal, the target reads its new read models, so
    the models are proven by the way.
    """
    chosen = _spread(await admin.all_households(target))
    progress.begin("compare reports", total=len(chosen))
    count, faults = 0, []
    for household_id in chosen:
        reports, fault = await _compare_household(source, target, household_id)
        count += reports
        faults += [fault] if fault else []
        progress.advance(1)
    words = f"{count:,} of {len(chosen):,} household(s)"
    return Line("reports, byte by byte", words, _NOT_EQUAL if faults else _EQUAL, tuple(faults))


def _spread(households: list[int]) -> list[int]:
    """Choose at most so many, from the oldest to the newest."""
    step = max(1, -(-len(households) // HOUSEHOLDS_REPORTED))
    return households[::step]


async def _compare_household(
    source: Services, target: Services, household_id: int
) -> tuple[int, str | None]:
    """Return how many pieces were equal, and the first one that was not in words."""
    ours = admin.render_reports(source, household_id, from_journal=True)
    theirs = admin.render_reports(target, household_id, from_journal=False)
    equal = 0
    async with contextlib.AsyncExitStack() as stack:
        for reports in (ours, theirs):
            stack.push_async_callback(reports.aclose)  # type: ignore[attr-defined]  # a generator
        while True:
            left, right = await next_of_both(ours, theirs, None)
            if left != right:
                name = (left or right or ("", b""))[0]
                return equal, f"household {household_id}: {name} differs"
            if left is None:
                return equal, None
            equal += 1
