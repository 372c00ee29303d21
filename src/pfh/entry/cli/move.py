"""`pfh move --to …`: take a whole installation to PostgreSQL, or back to one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from pfh.entry.cli.opened_books import guarded
from pfh.entry.cli.outcome import EXIT_USAGE, complain
from pfh.entry.cli.session import CommandSession
from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import Settings, SqliteSettings, load_settings

_KINDS: Final = ("postgres", "sqlite")
_To: TypeAlias = Annotated[str, typer.Option("--to", help="Where to: postgres or sqlite.")]
_ToEnv: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--to-env",
        help="File with the target's settings, one NAME=value a line: the names of `pfh config`,"
        " as the hub will be started with them.",
    ),
]
_ToDataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--to-data-dir",
        help="For sqlite, instead of a file: the target's data folder, empty or new.",
    ),
]
_OnlyCompare: TypeAlias = Annotated[
    bool,
    typer.Option("--only-compare", help="Copy nothing: prove that a finished move is still equal."),
]
_BeginAgain: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--begin-again", help="Empty what a cut-off move left at the target, and begin anew."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    session = CommandSession()

    @app.command("move")
    def move(
        to: _To,
        to_env: _ToEnv = None,
        to_data_dir: _ToDataDir = None,
        only_compare: _OnlyCompare = False,
        begin_again: _BeginAgain = False,
    ) -> None:
        """Move every book of this installation to another one, and prove that both are equal.

        The source is the installation that the environment names, as for every command. Stop the
        hub first. The source is not changed; the target must be empty. Cut off, the same command
        goes on where it stopped.

        To a cluster: pfh move --to postgres --to-env cluster.env

        Back to one file: pfh move --to sqlite --to-data-dir /var/lib/pfh

        Exit code 1 when the move is refused, or when the sides are not equal: the row is named.
        """
        from pfh.entry.cli.move_work import run_move
        from pfh.runtime.move.move_books import Wish

        wish = Wish(
            source=session.settings(),
            target=_target(to, to_env, to_data_dir),
            only_compare=only_compare,
            begin_again=begin_again,
        )
        raise typer.Exit(guarded(lambda: run_move(wish)))


def _target(to: str, to_env: Path | None, to_data_dir: Path | None) -> Settings:
    """Return the target's settings, or end the command with code 2."""
    if to not in _KINDS:
        raise _usage(f"--to {to} is not known: say postgres or sqlite")
    if to_data_dir is not None and (to_env is not None or to != "sqlite"):
        raise _usage("--to-data-dir is for --to sqlite, and stands instead of --to-env")
    try:
        if to_data_dir is not None:
            return load_settings({"PFH_DATA_DIR": str(to_data_dir.expanduser().absolute())})
        if to_env is None:
            wanted = "--to-env FILE" if to == "postgres" else "--to-data-dir FOLDER"
            raise _usage(f"the target is missing: name it with {wanted}")
        from pfh.runtime.environment_file import load_settings_file

        found = load_settings_file(to_env)
    except SettingsInvalid as error:
        raise typer.Exit(complain(error.mistakes, EXIT_USAGE)) from None
    if isinstance(found.database, SqliteSettings) != (to == "sqlite"):
        words = "sets POSTGRES_HOST" if to == "sqlite" else "does not set POSTGRES_HOST"
        raise _usage(f"--to {to}, but {to_env} {words}")
    return found


def _usage(sentence: str) -> typer.Exit:
    return typer.Exit(complain([sentence], EXIT_USAGE))
