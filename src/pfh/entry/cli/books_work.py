"""What `pfh verify` and `pfh rebuild` do, household by household, with progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO
from pfh.features.admin import api as admin
from pfh.features.dashboard import api as dashboard
from pfh.ports.database import Connection
from pfh.ports.services import Services

_ENTRIES = "SELECT COUNT(*) FROM entries"
_EVENTS = "SELECT COUNT(*) FROM events"
_FAULTS_SHOWN = 50


class VerifyReport(msgspec.Struct, frozen=True, rename="camel"):
    """What `pfh verify --json` prints: the checks, each with its faults."""

    ok: bool
    households: int
    checks: dict[str, list[str]]


async def verify_all(services: Services, *, as_json: bool) -> int:
    """Verify every household, print the result and return the exit code."""
    begun = time.monotonic()
    households = await admin.all_households(services)
    checks: dict[str, list[str]] = {}
    with _progress("entries compared", await _count(services, _ENTRIES)) as advance:
        for household_id in households:
            for check in await admin.prove_household(services, household_id, advance):
                checks.setdefault(check.name, []).extend(check.faults)
    good = not any(checks.values())
    if as_json:
        report = VerifyReport(good, len(households), checks)
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        _tell(checks, len(households), time.monotonic() - begun)
    return EXIT_DONE if good else EXIT_NO


async def rebuild_all(services: Services) -> int:
    """Rebuild the read model of every household; returns the exit code."""
    begun = time.monotonic()
    total = await _count(services, _EVENTS)
    with _progress("events", total) as advance:
        await dashboard.rebuild_each(services, await admin.all_households(services), advance)
    seconds = time.monotonic() - begun
    rate = total / seconds if seconds else 0
    sys.stdout.write(f"{total:,} events projected in {seconds:.1f} s ({rate:,.0f}/s)\n")
    return EXIT_DONE


def _tell(checks: dict[str, list[str]], households: int, seconds: float) -> None:
    for name, faults in checks.items():
        sys.stdout.write(f"{'FAULT' if faults else 'ok   '}  {name}\n")
        for fault in faults[:_FAULTS_SHOWN]:
            sys.stdout.write(f"       {fault}\n")
        if len(faults) > _FAULTS_SHOWN:
            sys.stdout.write(f"       … and {len(faults) - _FAULTS_SHOWN:,} more\n")
    sys.stdout.write(f"{households:,} household(s) in {seconds:.1f} s\n")


async def _count(services: Services, sql: str) -> int:
    async def unit(connection: Connection) -> int:
        return int(await connection.fetch_value(sql))

    return await services.database.read(unit)


@contextmanager
def _progress(unit: str, total: int) -> Iterator[_Advance]:
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with progress:
        yield _Advance(progress, progress.add_task(unit, total=total))


class _Advance:
    """Moves a bar by a number of steps."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, steps: int) -> None:
        self._progress.advance(self._task, steps)
