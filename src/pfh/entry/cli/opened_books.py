"""Opening the services for one piece of work, which ends in words and a number.

It knows nothing of Typer, so that a command that is called often can start without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from pfh.core.errors import Kind, Problem, Problems
from pfh.entry.cli.outcome import EXIT_INTERRUPTED, EXIT_NO, EXIT_UNAVAILABLE, complain
from pfh.observability.correlation import correlation_id, new_correlation_id
from pfh.ports.bulk import MOVING
from pfh.ports.database import Connection, DatabaseTimeout, DatabaseUnavailable
from pfh.ports.services import Services
from pfh.runtime.schema import fits, revision
from pfh.runtime.settings import Settings, SqliteSettings


def has_books(settings: Settings) -> bool:
    """Say whether there may be books to compare with: a server, or a file that exists."""
    database = settings.database
    return not isinstance(database, SqliteSettings) or database.path.exists()


def with_services(
    settings: Settings,
    work: Callable[[Services], Awaitable[int]],
    *,
    beside_a_hub: bool = True,
) -> int:
    """Run `work` with open services and return its exit code, or that of what went wrong.

    Args:
        settings: of the operator.
        work: returns an exit code; problems that it raises are printed, code 1.
        beside_a_hub: whether a hub may be running on the same data directory.
    """

    async def opened() -> int:
        from pfh.runtime.services import open_services

        correlation_id.set(f"command-{new_correlation_id()[:12]}")
        async with open_services(settings, exclusive=not beside_a_hub) as services:
            await _check_schema(services)
            return await work(services)

    return guarded(opened, settings)


def unavailable(settings: Settings, error: Exception | str) -> str:
    """Return what is wrong with the books, with their place: the driver's words name none."""
    database = settings.database
    if isinstance(database, SqliteSettings):
        place = f"SQLite, {database.path}"
    else:
        place = f"PostgreSQL, {database.address}"
    return str(error) if str(settings.data_dir) in str(error) else f"{place}: {error}"


class SchemaOutdated(Problem):
    """The database lacks tables that this version needs."""

    code = "schema_outdated"
    kind = Kind.CONFLICT


async def _check_schema(services: Services) -> None:
    """Refuse books that were not migrated, instead of failing on the first missing table.

    Raises:
        SchemaOutdated: with the command that repairs it.
    """

    async def unit(connection: Connection) -> tuple[str | None, bool]:
        found = await revision(connection)
        return found, await fits(connection, found)

    found, fit = await services.database.read(unit)
    if not fit:
        raise SchemaOutdated(
            "There are no books here yet." if found is None else f"The books are at {found}.",
            fix="A move to them was cut off: run it again."
            if found == MOVING
            else "Run `pfh migrate` first.",
        )


def guarded(work: Callable[[], Coroutine[Any, Any, int]], settings: Settings | None = None) -> int:
    """Run a coroutine to its exit code; expected failures become words and a code.

    With the `settings` of the books, their place is named when they cannot be reached.
    """
    from pfh.entry.cli.serve import loop_factory
    from pfh.observability.logging import configure_logging

    configure_logging("warning", to_standard_error=True)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(work())
    except Problem as problem:
        return complain(_sentences(problem), EXIT_NO)
    except (DatabaseUnavailable, DatabaseTimeout) as error:
        words = str(error) if settings is None else unavailable(settings, error)
        return complain([words], EXIT_UNAVAILABLE)
    except KeyboardInterrupt:
        return complain(["interrupted"], EXIT_INTERRUPTED)


def _sentences(problem: Problem) -> list[str]:
    found = problem.problems if isinstance(problem, Problems) else (problem,)
    return [
        " ".join(
            part for part in (f"{one.field}:" if one.field else "", one.detail, one.fix) if part
        )
        for one in found
    ]
