"""Copying the books of one instant into a private folder, while the hub goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from pfh.adapters.backup.archive import OBJECTS, BooksKind, Facts
from pfh.adapters.database.sqlite_snapshot import copy_sqlite, read_sqlite_copy, sqlite_faults
from pfh.ports.database import Connection
from pfh.ports.objects import ObjectMissing, ObjectsUnavailable
from pfh.ports.services import Services
from pfh.runtime.backup.facts import facts_of
from pfh.runtime.backup.problems import BackupFailed
from pfh.runtime.settings import Settings, SqliteSettings

SQLITE_MEMBER: Final = "pfh.sqlite"
DUMP_MEMBER: Final = "books.dump"
GLOBALS_MEMBER: Final = "globals.sql"
Progress: TypeAlias = Callable[[str, int, int], None]
"""Hears a step's name, how much of it is done, and how much there is."""
_KEYS: Final = "SELECT DISTINCT object_key FROM imports WHERE object_key <> '' ORDER BY object_key"


@dataclass(frozen=True, slots=True)
class CopiedBooks:
    """The files of a backup before they are sealed: member name → path; what they are a copy of."""

    kind: BooksKind
    taken_at: int
    facts: Facts
    members: dict[str, Path]
    missing_objects: list[str] = field(default_factory=list)


async def copy_books(
    settings: Settings, services: Services, folder: Path, progress: Progress
) -> CopiedBooks:
    """Copy the database and the files that it still needs.

    Whatever was acknowledged before the call is in the copy.

    Raises:
        BackupFailed: the copy is not sound. DatabaseUnavailable: there are no books to be read.
    """
    taken_at = services.clock.now()
    if isinstance(settings.database, SqliteSettings):
        members = {SQLITE_MEMBER: folder / SQLITE_MEMBER}
        facts, keys = await _copy_file(settings.database.path, members[SQLITE_MEMBER], progress)
        kind: BooksKind = "sqlite"
    else:
        from pfh.runtime.backup.copy_postgres import copy_postgres

        members = {DUMP_MEMBER: folder / DUMP_MEMBER, GLOBALS_MEMBER: folder / GLOBALS_MEMBER}
        progress("copy the database", 0, 1)
        facts, keys = await copy_postgres(settings.database, members, books_of)
        progress("copy the database", 1, 1)
        kind = "postgres"
    missing = []
    for done, key in enumerate(keys):
        progress("copy the files", done, len(keys))
        place = folder / OBJECTS / key
        if await _copy_object(services, key, place):
            members[f"{OBJECTS}{key}"] = place
        else:
            missing.append(key)
    return CopiedBooks(kind, taken_at, facts, members, missing)


async def books_of(connection: Connection) -> tuple[Facts, list[str]]:
    """Return the facts of the books and the keys of the files that they name; a unit of work."""
    facts = await facts_of(connection)
    return facts, [str(row[0]) for row in await connection.fetch_all(_KEYS)]


async def _copy_file(path: Path, copy: Path, progress: Progress) -> tuple[Facts, list[str]]:
    await asyncio.to_thread(
        copy_sqlite, path, copy, lambda done, total: progress("copy the database", done, total)
    )
    progress("prove the copy", 0, 1)
    faults = await asyncio.to_thread(sqlite_faults, copy)
    if faults:
        raise BackupFailed(
            f"The books are damaged: {faults[0]}.",
            fix="Keep the older backups: this one would be damaged as well.",
        )
    found = await asyncio.to_thread(read_sqlite_copy, copy, books_of)
    progress("prove the copy", 1, 1)
    return found


async def _copy_object(services: Services, key: str, place: Path) -> bool:
    """Copy one file; False when it was removed since, because nobody needs it any more."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with place.open("xb") as file:
            async with contextlib.aclosing(services.objects.get(key)) as chunks:  # type: ignore[type-var]
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
    except ObjectMissing:
        await asyncio.to_thread(place.unlink)
        return False
    except ObjectsUnavailable as error:
        raise BackupFailed(f"The files of the imports cannot be read: {error}.") from error
    return True
