"""`pfh serve` and `pfh run`: from the environment to an open port.

Nothing here imports Typer or the web server before it is needed: the start is measured.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_UNAVAILABLE, EXIT_USAGE, complain
from pfh.entry.cli.quick_start import quicken
from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import Settings, SqliteSettings, load_settings

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add `serve` and `run`."""
    import typer

    @app.command("serve")
    def serve_command() -> None:
        """Serve the hub until it is stopped.

        The one file of an embedded hub is created and migrated by itself; a PostgreSQL database
        is migrated by `pfh migrate`, and the hub is not ready before that.
        """
        raise typer.Exit(serve())

    @app.command("run")
    def run_command(
        demo: bool = typer.Option(True, help="Fill empty books with a demo household."),
    ) -> None:
        """Do everything: migrate, fill empty books with a demo household, serve."""
        raise typer.Exit(run(demo=demo))


def serve() -> int:
    """Serve until a signal and return the exit code."""
    try:
        settings = load_settings()
    except SettingsInvalid as error:
        return complain(error.mistakes, EXIT_USAGE)
    if isinstance(settings.database, SqliteSettings) and not _is_current(settings.database.path):
        code = _prepared(settings, demo=False)
        if code != EXIT_DONE:
            return code
    return _serve(settings, when_ready=None)


def _is_current(path: Path) -> bool:
    """Say whether the file has the newest tables, in a millisecond and without opening the hub."""
    import sqlite3

    from pfh.migrations.head import HEAD

    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        # Whatever it is, the careful way finds out and says so.
        return False
    return row is not None and row[0] == HEAD


def run(*, demo: bool) -> int:
    """Migrate, fill, serve, and tell the person where to click."""
    try:
        settings = load_settings()
    except SettingsInvalid as error:
        return complain(error.mistakes, EXIT_USAGE)
    code = _prepared(settings, demo=demo)
    if code != EXIT_DONE:
        return code

    def tell(address: str) -> None:
        sys.stdout.write(f"\nThe hub is running: open {address}  (stop with Ctrl+C)\n\n")
        sys.stdout.flush()

    return _serve(settings, when_ready=tell)


def _prepared(settings: Settings, *, demo: bool) -> int:
    from pfh.entry.cli.prepare import prepare
    from pfh.ports.database import DatabaseUnavailable

    try:
        return prepare(settings, demo=demo)
    except DatabaseUnavailable as error:
        return complain([str(error)], EXIT_UNAVAILABLE)


def _serve(settings: Settings, *, when_ready: Callable[[str], None] | None) -> int:
    quicken()
    from pfh.entry.traced_process import traced_process
    from pfh.entry.web.server import serve as serve_web
    from pfh.observability.log_file import LogFileUnusable
    from pfh.observability.logging import configure_logging
    from pfh.ports.database import DatabaseUnavailable

    try:
        configure_logging(settings.log_level, settings.log_file, keep_days=settings.log_keep_days)
        with (
            traced_process(settings, "pfh-backend"),
            asyncio.Runner(loop_factory=loop_factory()) as runner,
        ):
            runner.run(serve_web(settings, when_ready=when_ready))
    except DatabaseUnavailable as error:
        from pfh.entry.cli.opened_books import unavailable

        return complain([unavailable(settings, error)], EXIT_UNAVAILABLE)
    except LogFileUnusable as error:
        return complain([f"{error} (PFH_LOG_FILE)"], EXIT_USAGE)
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        return complain([f"cannot serve on {place}: {error.strerror or error}"], EXIT_USAGE)
    return EXIT_DONE


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's, or None where it does not exist (Windows)."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
