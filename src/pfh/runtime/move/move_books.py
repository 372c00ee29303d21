"""Moving a whole installation, from the first row to the proof that nothing was lost.

Each step finds what an earlier run has done already, so a move that was killed goes on when it is
run again. The target is served only after everything was proven; the source is never changed.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from pfh.adapters.cache.memory import MemoryCache
from pfh.adapters.clock.system import SystemClock
from pfh.adapters.documents.sql import SqlDocuments
from pfh.adapters.event_log.sql import SqlEventLog
from pfh.adapters.identifiers.time_ordered import TimeOrderedIdentifiers
from pfh.adapters.language_model.silent import SilentLanguageModel
from pfh.adapters.mailer.folder import FolderMailer
from pfh.adapters.objects.directory import DirectoryObjects
from pfh.adapters.sessions.sql import SqlSessions
from pfh.adapters.signals.memory import MemorySignals
from pfh.adapters.throttle.memory import MemoryThrottle
from pfh.features.admin import api as admin
from pfh.features.dashboard import api as dashboard
from pfh.migrations.head import HEAD
from pfh.ports.bulk import BulkReader
from pfh.ports.database import Connection, Database
from pfh.ports.objects import Objects
from pfh.ports.services import Services
from pfh.runtime.move import prove
from pfh.runtime.move.compare_tables import Line
from pfh.runtime.move.copy_tables import copy_tables
from pfh.runtime.move.files import copy_files, move_token_key, share_files
from pfh.runtime.move.progress import Progress
from pfh.runtime.move.sides import (
    MovedElsewhere,
    Target,
    described,
    open_source,
    open_target,
    refuse_same,
)
from pfh.runtime.move.tables import all_tables, moved_tables
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings, SqliteSettings

_SOURCE_MARK: Final = "source"
_HEADS: Final = "SELECT household_id, household_seq, hash FROM event_heads ORDER BY household_id"
_EVENTS: Final = "SELECT COUNT(*) FROM events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be moved where.

    `only_compare` proves two finished installations and copies nothing; `begin_again` empties what
    a cut-off move has left at the target.
    """

    source: Settings
    target: Settings
    only_compare: bool = False
    begin_again: bool = False


@dataclass(slots=True)
class Moved:
    """What was done and found: rows and seconds of the copying, and the lines of the proof."""

    rows: int = 0
    copy_seconds: float = 0.0
    lines: list[Line] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Every difference, in words."""
        return [fault for line in self.lines for fault in line.faults]


async def move_books(wish: Wish, progress: Progress) -> Moved:
    """Move the books, or go on with it, and prove that both sides are equal.

    With faults the target stays as it is, and is not served.

    Raises:
        TargetIsSource, BooksInUse, BooksMissing, TargetHasBooks, MovedElsewhere, TextNotStorable.
        DatabaseUnavailable, ObjectsUnavailable: a server went away; run it again.
    """
    refuse_same(wish.source, wish.target)
    moved = Moved()
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(open_source(wish.source))
        target = await stack.enter_async_context(
            open_target(wish.target, finished=wish.only_compare)
        )
        progress.say(f"From {described(wish.source)}")
        progress.say(f"to   {described(wish.target)}")
        if not wish.only_compare:
            await _begin(wish, source, target, progress)
            # Before the rows: whoever looks at a target that was cut off would make it a new key.
            progress.say(move_token_key(wish.source, wish.target))
            begun = time.monotonic()
            moved.rows = await copy_tables(source, target.writer, progress)
            moved.copy_seconds = time.monotonic() - begun
        theirs = await stack.enter_async_context(
            open_services(_without_replica(wish.target), exclusive=False)
        )
        ours = _reading_services(wish.source, source.database)
        if not wish.only_compare:
            if not share_files(wish.source, wish.target):
                stores = (ours.objects, theirs.objects)
                await copy_files(source, target.writer, stores, progress)
            moved.lines.append(await _sealed(target))
            await _rebuild(theirs, progress)
        moved.lines += [line async for line in prove.compare_rows(source, target.reader, progress)]
        moved.lines.append(await prove.compare_stores(source, ours, theirs))
        moved.lines += await prove.verify_target(theirs, progress)
        if not moved.faults:
            # What does not agree row by row is not worth the time of its reports.
            moved.lines.append(await prove.compare_reports(ours, theirs, progress))
        if not moved.faults and not wish.only_compare:
            await target.writer.release(HEAD)
    return moved


async def _begin(wish: Wish, source: BulkReader, target: Target, progress: Progress) -> None:
    """Mark the target with the source's event heads, or see that they are the same still."""
    marks = {_SOURCE_MARK: await _heads(source)}
    if target.marks is None:
        await target.writer.begin(marks)
    elif wish.begin_again:
        progress.say("What an earlier move has left at the target is emptied.")
        await target.writer.clear(moved_tables(), marks)
    elif target.marks.get(_SOURCE_MARK) != marks[_SOURCE_MARK]:
        raise MovedElsewhere(
            "The target holds part of a move from other books, or the source was changed since.",
            fix="With --begin-again it is emptied and filled anew.",
        )
    else:
        progress.say("Going on with the move that was cut off.")


async def _heads(source: BulkReader) -> str:
    """Return a digest over every household's last event, which stands for all its history."""

    async def unit(connection: Connection) -> str:
        digest = sha256()
        for household_id, sequence, last in await connection.fetch_all(_HEADS):
            digest.update(f"{household_id} {sequence} {bytes(last).hex()}\n".encode())
        return digest.hexdigest()

    return await source.database.read(unit)


async def _sealed(target: Target) -> Line:
    faults = await target.writer.seal(all_tables())
    return Line("references", "", "broken" if faults else "ok", tuple(faults))


async def _rebuild(target: Services, progress: Progress) -> None:
    async def events(connection: Connection) -> int:
        return int(await connection.fetch_value(_EVENTS))

    progress.begin("make the read models", total=await target.database.read(events))
    await dashboard.rebuild_each(target, await admin.all_households(target), progress.advance)


def _reading_services(settings: Settings, database: Database) -> Services:
    """Return services that can only read, on the held snapshot of the source.

    Made by hand, because opening a hub's own services would write: a key, statistics, folders.
    """
    clock = SystemClock(settings.time_zone)
    return Services(
        database=database,
        documents=SqlDocuments(database),
        event_log=SqlEventLog(database),
        cache=MemoryCache(),
        sessions=SqlSessions(database, clock, exclusive=False),
        throttle=MemoryThrottle(clock),
        signals=MemorySignals(),
        objects=_objects(settings),
        mailer=FolderMailer(settings.data_dir / "mail"),
        language_model=SilentLanguageModel(),
        clock=clock,
        identifiers=TimeOrderedIdentifiers(settings.node),
        token_key=b"",
    )


def _without_replica(settings: Settings) -> Settings:
    """Return the settings of a hub that reads where it writes: a replica may come later."""
    database = settings.database
    if isinstance(database, SqliteSettings):
        return settings
    return replace(settings, database=replace(database, read_places=()))


def _objects(settings: Settings) -> Objects:
    if settings.servers.s3 is None:
        return DirectoryObjects(settings.data_dir / "objects")
    from pfh.adapters.objects.s3 import S3Objects
    from pfh.runtime.server_options import s3_options

    return S3Objects(s3_options(settings.servers.s3))
