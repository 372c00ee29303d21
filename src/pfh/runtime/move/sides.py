"""Opening the two sides of a move, so that nobody else has them meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

from pfh.adapters.bulk.sqlite import SqliteBulkReader, SqliteBulkWriter
from pfh.adapters.database.data_directory import DataDirectoryHeld, hold_data_directory
from pfh.core.errors import Kind, Problem
from pfh.migrations.head import HEAD
from pfh.ports.bulk import MOVING, BooksInUse, BulkReader, BulkWriter
from pfh.ports.database import DatabaseUnavailable
from pfh.runtime.embedded import prepare_data_dir
from pfh.runtime.move.tables import moved_tables
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.schema import revision
from pfh.runtime.settings import Settings, SqliteSettings


class BooksMissing(Problem):
    """There is nothing to move at the source, or its schema is not that of this program."""

    code = "books_missing"
    kind = Kind.CONFLICT


class TargetHasBooks(Problem):
    """The target has books of its own; a move never touches them."""

    code = "target_has_books"
    kind = Kind.CONFLICT


class TargetIsSource(Problem):
    """Both sides are the same database."""

    code = "target_is_source"


class MovedElsewhere(Problem):
    """What a cut-off move left at the target came from other books than those of the source."""

    code = "moved_elsewhere"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Target:
    """The target's books, to write and to read again; `marks` None is an empty one."""

    reader: BulkReader
    writer: BulkWriter
    marks: dict[str, str] | None


_STOP: Final = "Stop the hub, then run the move again."


def described(settings: Settings) -> str:
    """Name the place of the books, without a secret."""
    database = settings.database
    if isinstance(database, SqliteSettings):
        return f"SQLite, {database.path}"
    return f"PostgreSQL, {database.address}"


@contextmanager
def _named(settings: Settings) -> Iterator[None]:
    """Let the error of a server say which of the two sides it is."""
    try:
        yield
    except DatabaseUnavailable as error:
        raise DatabaseUnavailable(f"{described(settings)}: {error}") from error


def refuse_same(source: Settings, target: Settings) -> None:
    """Raise `TargetIsSource` when both sides are one database."""
    if described(source) == described(target):
        raise TargetIsSource(
            f"Source and target are the same: {described(source)}.",
            fix="The source is what the environment names; name another target.",
        )


@asynccontextmanager
async def open_source(settings: Settings) -> AsyncIterator[BulkReader]:
    """Hold the source: until the block ends it can be read, and nobody can change it.

    Raises:
        BooksInUse: a hub runs on it. BooksMissing: there are none, or they need `pfh migrate`.
    """
    async with AsyncExitStack() as stack:
        reader: BulkReader
        if isinstance(settings.database, SqliteSettings):
            if not settings.database.path.exists():
                raise BooksMissing(f"There are no books: {described(settings)}.")
            _hold_directory(settings, stack)
            opened = SqliteBulkReader(settings.database.path)
            stack.push_async_callback(opened.close)
            reader = opened
        else:
            with _named(settings):
                reader = await _postgres_reader(settings.database, stack)
        # Asked on the way in, since a table that is not there could not be held.
        with _named(settings):
            found = await reader.database.read(revision)
        if found != HEAD:
            raise BooksMissing(
                f"There are no books: {described(settings)}."
                if found is None
                else f"The books at the source are at {found}, not at {HEAD}.",
                fix="A move to them was cut off: they are no source."
                if found == MOVING
                else "Run `pfh migrate` there first.",
            )
        await stack.enter_async_context(reader.hold(moved_tables()))
        yield reader


@asynccontextmanager
async def open_target(settings: Settings, *, finished: bool = False) -> AsyncIterator[Target]:
    """Hold the target, migrated and empty, or as a cut-off move left it.

    `finished` takes one with books instead, to be compared.

    Raises:
        BooksInUse: a hub runs on it. TargetHasBooks: it is left as it was.
        BooksMissing: `finished`, and there are none.
    """
    async with AsyncExitStack() as stack:
        if isinstance(settings.database, SqliteSettings):
            _hold_directory(settings, stack)
            with _named(settings):
                target = await _sqlite_target(settings, settings.database, stack, finished=finished)
            yield target
        else:
            # Used at the end; that it cannot be, is better known before the rows are copied.
            prepare_data_dir(settings, stack, exclusive=False)
            with _named(settings):
                target = await _postgres_target(
                    settings, settings.database, stack, finished=finished
                )
            yield target


async def _sqlite_target(
    settings: Settings, database: SqliteSettings, stack: AsyncExitStack, *, finished: bool
) -> Target:
    if database.path.exists():
        looking = SqliteBulkReader(database.path)
        try:
            usable = await _judged(settings, looking, finished=finished)
        finally:
            await looking.close()
    else:
        usable = False
        if finished:
            raise BooksMissing(f"There are no books: {described(settings)}.")
    if not usable:
        await _migrate(settings)
    reader, writer = SqliteBulkReader(database.path), SqliteBulkWriter(database.path)
    stack.push_async_callback(reader.close)
    stack.push_async_callback(writer.close)
    return Target(reader, writer, await writer.marks())


async def _postgres_target(
    settings: Settings, database: PostgresSettings, stack: AsyncExitStack, *, finished: bool
) -> Target:
    from pfh.adapters.bulk.postgres_writer import open_writer
    from pfh.runtime.cluster import postgres_options

    writer = await open_writer(postgres_options(database))
    stack.push_async_callback(writer.close)
    await stack.enter_async_context(writer.hold())
    reader = await _postgres_reader(database, stack)
    if not await _judged(settings, reader, finished=finished):
        await _migrate(settings)
    return Target(reader, writer, await writer.marks())


async def _judged(settings: Settings, reader: BulkReader, *, finished: bool) -> bool:
    """Say whether the tables are there to be used as they are; False is nothing at all."""
    found = await reader.database.read(revision)
    present = await reader.present()
    if found == MOVING and not finished:
        return True
    if finished:
        if found != HEAD:
            raise BooksMissing(
                f"No finished move is there to be compared: {described(settings)}.",
                fix="Run the move without --only-compare.",
            )
        return True
    for table in moved_tables():
        if table.name in present and await reader.count(table):
            raise TargetHasBooks(
                f"The target has books already ({table.name} has rows): {described(settings)}.",
                fix="Name an empty database or folder; nothing was changed. If a move to it was"
                " finished, --only-compare proves it again.",
            )
    return False


async def _migrate(settings: Settings) -> None:
    from pfh.migrations import runner

    # The runner has an event loop of its own.
    await asyncio.to_thread(runner.upgrade, settings.database.migration_url)


async def _postgres_reader(database: PostgresSettings, stack: AsyncExitStack) -> BulkReader:
    from pfh.adapters.bulk.postgres import open_reader
    from pfh.runtime.cluster import postgres_options

    reader = await open_reader(postgres_options(database))
    stack.push_async_callback(reader.close)
    return reader


def _hold_directory(settings: Settings, stack: AsyncExitStack) -> None:
    try:
        stack.enter_context(hold_data_directory(settings.data_dir))
    except DataDirectoryHeld as error:
        raise BooksInUse(f"{str(error)[:1].upper()}{str(error)[1:]}.", fix=_STOP) from error
