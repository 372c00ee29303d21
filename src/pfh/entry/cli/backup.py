"""`pfh backup`, `pfh restore` and `pfh drill`: copies of the books, and proof that they work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from pfh.entry.cli.opened_books import guarded
from pfh.entry.cli.outcome import EXIT_USAGE, complain
from pfh.entry.cli.session import CommandSession

_KEY_BYTES: Final = 32
_Backup: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="Path of a backup, or its name from `pfh backup list`, or `latest`.",
        metavar="BACKUP",
    ),
]
_ToDataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option("--to-data-dir", help="New or empty data folder for books of one SQLite file."),
]
_ToDatabase: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--to-database",
        help="New or empty database on the server of POSTGRES_HOST, for books on PostgreSQL.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    session = CommandSession()
    _register_backup(app, session)

    @app.command("restore")
    def restore(
        backup: _Backup, to_data_dir: _ToDataDir = None, to_database: _ToDatabase = None
    ) -> None:
        """Restore a backup into a new place, compare it with its manifest, and verify the books.

        Never goes over what is there. The key is that of PFH_BACKUP_KEY. When the backup is cut
        off, damaged or of another key, exit code 1, and nothing is left behind.
        """
        if (to_data_dir is None) == (to_database is None):
            words = "name the new place: --to-data-dir FOLDER or --to-database NAME"
            raise typer.Exit(complain([words], EXIT_USAGE))
        from pfh.entry.cli.backup_work import restore_books

        settings = session.settings()
        target = None if to_data_dir is None else to_data_dir.expanduser().absolute()
        raise typer.Exit(guarded(lambda: restore_books(settings, backup, target, to_database)))

    @app.command("drill")
    def drill(
        only_list: Annotated[
            bool, typer.Option("--list", help="Restore nothing: show the drills until now.")
        ] = False,
        backup: Annotated[
            str, typer.Option("--backup", help="Another backup than the newest, by its name.")
        ] = "latest",
    ) -> None:
        """Restore the newest backup into a throwaway place, verify it, and record RPO and RTO.

        Exit code 1 when it cannot be restored; the books and the backups are not changed.
        """
        from pfh.entry.cli import backup_work

        settings = session.settings()
        if only_list:
            session.run(backup_work.list_drills)
        session.run(lambda services: backup_work.drill_books(settings, services, backup))


def _register_backup(app: typer.Typer, session: CommandSession) -> None:
    group = typer.Typer(help="Make a backup of the books while the hub runs, or look at them.")

    @group.callback(invoke_without_command=True)
    def make(context: typer.Context) -> None:
        """Make a sealed backup of the books, prove it, and delete those that it supersedes."""
        if context.invoked_subcommand is not None:
            return
        from pfh.entry.cli.backup_work import back_up

        settings = session.settings()
        session.run(lambda services: back_up(settings, services))

    @group.command("list")
    def list_() -> None:
        """Show the backups at the place of the settings, the newest first."""
        from pfh.entry.cli.backup_work import list_backups

        settings = session.settings()
        raise typer.Exit(guarded(lambda: list_backups(settings)))

    @group.command("check")
    def check(backup: _Backup = "latest") -> None:
        """Read a backup to its end with the key and show what it holds; restores nothing."""
        from pfh.entry.cli.backup_work import check_backup

        settings = session.settings()
        raise typer.Exit(guarded(lambda: check_backup(settings, backup)))

    @group.command("new-key")
    def new_key() -> None:
        """Print a new key for PFH_BACKUP_KEY_FILE; it is kept nowhere."""
        import secrets

        typer.echo(secrets.token_urlsafe(_KEY_BYTES))

    app.add_typer(group, name="backup")
