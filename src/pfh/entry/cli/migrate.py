"""`pfh migrate`, `pfh migrate status` and `pfh migrate rollback`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TypeAlias

import typer

from pfh.entry.cli.outcome import EXIT_NO, EXIT_UNAVAILABLE, complain
from pfh.entry.cli.session import CommandSession
from pfh.migrations.patience import (
    LONGEST_PATIENCE_SECONDS,
    PATIENCE_SECONDS,
    LockNotGranted,
)
from pfh.runtime.settings import Settings, SqliteSettings

# The database's address for the migrations → an exit code.
Work: TypeAlias = Callable[[str], int]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Bring the database's schema up to date, look at it, or go back.")
    session = CommandSession()

    @group.callback(invoke_without_command=True)
    def upgrade(
        context: typer.Context,
        patience: float = typer.Option(
            PATIENCE_SECONDS,
            min=0,
            max=LONGEST_PATIENCE_SECONDS,
            help="Try again for so many seconds while others hold a table (PostgreSQL).",
        ),
    ) -> None:
        """Run the migrations that are pending."""
        if context.invoked_subcommand is None:
            work = partial(_upgrade, patience=patience)
            raise typer.Exit(_with_database(session.settings(), work))

    @group.command("status")
    def status() -> None:
        """Show what is applied and what is pending; exit code 1 when something is."""
        raise typer.Exit(_with_database(session.settings(), _status, holding=False))

    @group.command("rollback")
    def rollback(
        yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask."),
    ) -> None:
        """Undo the newest migration, and with it the data that only it can hold."""
        if not yes and sys.stdin.isatty():
            typer.confirm("Undo the newest migration?", abort=True)
        raise typer.Exit(_with_database(session.settings(), _rollback))

    app.add_typer(group, name="migrate")


def _with_database(settings: Settings, work: Work, *, holding: bool = True) -> int:
    """Run `work` with the database's address; words and code 3 when it cannot be reached."""
    import sqlalchemy as sa
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    from pfh.adapters.database.data_directory import hold_data_directory
    from pfh.entry.cli.opened_books import unavailable
    from pfh.ports.bulk import MOVING
    from pfh.ports.database import DatabaseUnavailable

    database = settings.database
    try:
        with ExitStack() as stack:
            if isinstance(database, SqliteSettings):
                if holding:
                    stack.enter_context(hold_data_directory(settings.data_dir))
                elif not database.path.exists():
                    return complain([f"there are no books yet at {database.path}"], EXIT_NO)
            return work(database.migration_url)
    except DatabaseUnavailable as error:
        return complain([str(error)], EXIT_UNAVAILABLE)
    except LockNotGranted as error:
        return complain([str(error)], EXIT_NO)
    except (CommandError, RevisionError) as error:
        words = f"the schema is not known here ({error}): run the program that wrote it, or newer"
        if f"'{MOVING}'" in str(error):
            words = "a move to these books was cut off: run it again"
        return complain([words], EXIT_NO)
    except (sa.exc.DBAPIError, OSError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        words = unavailable(settings, f"the database cannot be migrated: {reason}")
        return complain([words], EXIT_UNAVAILABLE)


def upgrade(settings: Settings) -> int:
    """Run the pending migrations of a database that nobody else holds; prints each."""
    return _with_database(settings, _upgrade)


def _upgrade(url: str, *, patience: float = PATIENCE_SECONDS) -> int:
    from pfh.migrations import runner

    pending = runner.status(url).pending
    if not pending:
        typer.echo("The schema is up to date.")
        return 0
    runner.upgrade(url, patience=patience, tell=typer.echo)
    for revision, words in pending:
        typer.echo(f"Applied {revision}: {words}")
    return 0


def _status(url: str) -> int:
    from pfh.migrations import runner

    found = runner.status(url)
    typer.echo(f"At {found.current or 'nothing'}; newest is {found.head}.")
    for revision, words in found.pending:
        typer.echo(f"Pending {revision}: {words}")
    return EXIT_NO if found.pending else 0


def _rollback(url: str) -> int:
    from pfh.migrations import runner

    before = runner.status(url).current
    if before is None:
        return complain(["there is no migration to undo"], EXIT_NO)
    runner.rollback(url, tell=typer.echo)
    typer.echo(f"Undid {before}; now at {runner.status(url).current or 'nothing'}.")
    return 0
