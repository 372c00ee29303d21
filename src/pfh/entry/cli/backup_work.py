"""What `pfh backup`, `pfh restore` and `pfh drill` do and show."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from pfh.adapters.backup.archive import Manifest, unpack
from pfh.core.instant import instant_text
from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, complain
from pfh.entry.cli.tables import print_table
from pfh.features.backup import api as backups
from pfh.ports.services import Services
from pfh.runtime.backup import drill, make_backup
from pfh.runtime.backup.copy_books import Progress as Steps
from pfh.runtime.backup.place import (
    backup_key,
    backup_store,
    opened_backup,
    private_folder,
    told_plainly,
)
from pfh.runtime.backup.restore_folder import restore_folder
from pfh.runtime.backup.restored_books import RestoredBooks
from pfh.runtime.settings import Settings

_FAULTS_SHOWN: Final = 20
_DRILLS_SHOWN: Final = 50
_MICROSECONDS: Final = 1_000_000
_BYTES_PER_MEGABYTE: Final = 1_000_000


async def back_up(settings: Settings, services: Services) -> int:
    """Make a backup and say where it is; returns the exit code."""
    with _shown() as progress:
        made = await make_backup.make_backup(settings, services, progress)
    sys.stdout.write(f"{made.place}/{made.name}: {_size(made.length)}, {_words(made.manifest)}\n")
    sys.stdout.write("Read back with its key and found whole.\n")
    for name in made.removed:
        sys.stdout.write(f"Deleted {name}, which is superseded.\n")
    for sentence in _advice(settings):
        sys.stderr.write(f"pfh: {sentence}\n")
    return EXIT_DONE


async def list_backups(settings: Settings) -> int:
    """Print the backups of the store; returns the exit code."""
    store = backup_store(settings)
    with told_plainly():
        names = backups.newest_first(await asyncio.to_thread(store.names))
    for name in names:
        sys.stdout.write(f"{name}\n")
    if not names:
        sys.stderr.write(f"pfh: there is no backup in {store.place}\n")
    return EXIT_DONE


async def check_backup(settings: Settings, wanted: str) -> int:
    """Read a backup to its end and print its manifest; returns the exit code."""
    key = backup_key(settings)
    with opened_backup(settings, wanted) as source:
        manifest = (await asyncio.to_thread(unpack, source, key, None)).manifest
    sys.stdout.write(f"Whole: {_words(manifest)}\n")
    sys.stdout.write(f"Taken at {instant_text(manifest.taken_at)} by version {manifest.program}\n")
    for code, amount in manifest.facts.turnover.items():
        sys.stdout.write(f"Debits in {code}: {amount:,} minor units\n")
    return EXIT_DONE


async def restore_books(
    settings: Settings, wanted: str, folder: Path | None, database: str | None
) -> int:
    """Restore into a folder or a database and print what was found; returns the exit code."""
    key = backup_key(settings)
    with _shown() as progress, opened_backup(settings, wanted) as source:
        if folder is not None:
            restored = await restore_folder(settings, source, key, folder, progress)
        else:
            from pfh.runtime.backup.restore_database import restore_to_database

            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            with private_folder(settings.data_dir) as drafts:
                restored = await restore_to_database(
                    settings, source, key, database or "", drafts, progress
                )
    return _tell_restored(restored, folder, database)


async def drill_books(settings: Settings, services: Services, wanted: str) -> int:
    """Run a drill and print what it measured; returns the exit code."""
    with _shown() as progress:
        done = await drill.run_drill(settings, services, progress, wanted=wanted)
    sys.stdout.write(
        f"{done.backup}: restored and verified, {done.entries:,} entries\n"
        f"RTO {_seconds(done.rto)} until the books were proven;"
        f" RPO {_seconds(done.rpo)} of work that was nowhere but in the books\n"
    )
    return EXIT_DONE


async def list_drills(services: Services) -> int:
    """Print the drills until now, the newest first; returns the exit code."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Began", "State", "Backup", "Entries", "RTO", "RPO", "Error"):
        table.add_column(column, overflow="fold")
    for record in await backups.list_records(services, "drill", limit=_DRILLS_SHOWN):
        table.add_row(
            instant_text(record.started_at),
            record.state,
            record.backup,
            "" if record.entries is None else f"{record.entries:,}",
            "" if record.rto is None else _seconds(record.rto),
            "" if record.rpo is None else _seconds(record.rpo),
            record.error or "",
        )
    print_table(table)
    return EXIT_DONE


def _tell_restored(restored: RestoredBooks, folder: Path | None, database: str | None) -> int:
    place = folder or f"the database {database}"
    sys.stdout.write(f"Restored to {place}: {_words(restored.manifest)}\n")
    sys.stdout.write(f"As the books were at {instant_text(restored.manifest.taken_at)}\n")
    missing = restored.manifest.missing_objects
    if missing:
        sys.stdout.write(f"{len(missing)} file(s) of finished imports were gone already\n")
    if restored.faults:
        more = len(restored.faults) - _FAULTS_SHOWN
        sentences: Sequence[str] = restored.faults[:_FAULTS_SHOWN]
        return complain([*sentences, *([f"… and {more:,} more"] if more > 0 else [])], EXIT_NO)
    sys.stdout.write("Equal to the manifest of the backup, and verified: no fault\n")
    return EXIT_DONE


def _advice(settings: Settings) -> Iterator[str]:
    """Yield what a person should know about where the key lies."""
    path = os.environ.get("PFH_BACKUP_KEY_FILE")
    if not path:
        return
    key = Path(path).expanduser().absolute()
    for folder in (settings.data_dir, settings.backup.folder):
        if folder is not None and key.is_relative_to(folder):
            yield (
                f"the key {key} lies in {folder}: whoever loses or steals that has both."
                " Keep a copy of the key elsewhere, and the file outside of it."
            )


def _words(manifest: Manifest) -> str:
    facts = manifest.facts
    return (
        f"{facts.households:,} household(s), {facts.entries:,} entries, {facts.events:,} events,"
        f" schema {facts.revision}"
    )


def _size(length: int) -> str:
    return f"{length / _BYTES_PER_MEGABYTE:,.1f} MB"


def _seconds(microseconds: int) -> str:
    return f"{microseconds / _MICROSECONDS:,.1f} s"


@contextmanager
def _shown() -> Iterator[Steps]:
    """Show a bar for each step; it disappears at the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    bars: dict[str, TaskID] = {}
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not sys.stderr.isatty()
    ) as bar:

        def advance(step: str, done: int, total: int) -> None:
            if step not in bars:
                bars[step] = bar.add_task(step, total=total)
            bar.update(bars[step], completed=done, total=total)

        yield advance
