"""`pfh dev stack`: every server of the cluster on this machine, for development and its tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, EXIT_UNAVAILABLE, complain

if TYPE_CHECKING:
    from pfh.entry.cli.stack.record import Record

STATE: Final[Any] = typer.Option(
    None,
    "--state",
    help="Folder of the record and of the environment file; the user's cache folder otherwise.",
)
END: Final = "end what is left with: pfh dev stack down"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    stack = typer.Typer(
        help="Real servers of the cluster on this machine, without containers; their data are"
        " thrown away.",
        no_args_is_help=True,
    )

    @stack.command("up")
    def up(state: Path | None = STATE) -> None:
        """Start them on free ports of 127.0.0.1, and write the settings of a hub that uses them."""
        raise typer.Exit(_up(_state(state)))

    @stack.command("status")
    def status(state: Path | None = STATE) -> None:
        """Say which of them run; exit 1 when one has died or none was started."""
        raise typer.Exit(_status(_state(state)))

    @stack.command("down")
    def down(state: Path | None = STATE) -> None:
        """End them and delete their data."""
        raise typer.Exit(_down(_state(state)))

    @stack.command("fetch")
    def fetch() -> None:
        """Download the jars of Kafka and of the MongoDB protocol; brokers start sooner after it."""
        raise typer.Exit(_fetch())

    commands = typer.Typer(help="Help developers of the hub.", no_args_is_help=True)
    commands.add_typer(stack, name="stack")
    app.add_typer(commands, name="dev")


def _state(chosen: Path | None) -> Path:
    from pfh.entry.cli.stack.java import cache_directory

    return (chosen or cache_directory() / "stack").absolute()


def _fetch() -> int:
    from pfh.entry.cli.stack.java import jars, poms
    from pfh.entry.cli.stack.kafka_archive import archive_broker
    from pfh.entry.cli.stack.missing import Missing

    try:
        for pom in poms():
            typer.echo(f"{jars(pom)}")
        typer.echo(f"{archive_broker()}")
    except Missing as missing:
        return complain([str(missing)], EXIT_UNAVAILABLE)
    return EXIT_DONE


def _up(state: Path) -> int:
    from pfh.entry.cli.stack.up import up

    try:
        record = up(state)
    except OSError as error:
        words = f"the stack cannot be started in {state}: {error.strerror or error}"
        return complain([words], EXIT_UNAVAILABLE)
    code = _print(record)
    if code == EXIT_DONE:
        typer.echo(f"\nUse them: set -a; . {record.environment}; set +a; pfh migrate; pfh serve")
    return code


def _status(state: Path) -> int:
    from pfh.entry.cli.stack.record import Record

    record = Record.load(state)
    if record is None:
        return complain(["no stack is up; start one with: pfh dev stack up"], EXIT_NO)
    return _print(record)


def _down(state: Path) -> int:
    from pfh.entry.cli.stack.record import Record
    from pfh.entry.cli.stack.up import only_one

    if not state.exists():
        typer.echo("No stack is up.")
        return EXIT_DONE
    with only_one(state):
        record = Record.load(state)
        if record is not None:
            record.remove()
    typer.echo("No stack is up." if record is None else "The stack and its data are gone.")
    return EXIT_DONE


def _print(record: Record) -> int:
    """Print the table of a stack and return the exit code: 1 when a server has died."""
    from rich.markup import escape
    from rich.table import Table

    from pfh.entry.cli.tables import print_table

    died = record.died()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Server", "State", "Address", "Version", "Process"):
        table.add_column(column, overflow="fold")
    for server in sorted(record.servers, key=lambda one: one.name):
        dead = server.name in died
        cells = (server.name, "died" if dead else "runs", server.address, server.version)
        table.add_row(*map(escape, cells), f"{server.pid}", style="red" if dead else None)
    for absent in sorted(record.absent, key=lambda one: one.name):
        table.add_row(*map(escape, (absent.name, "absent", absent.reason)), style="yellow")
    print_table(table)
    if died:
        return complain([f"died: {', '.join(died)}; {END}"], EXIT_NO)
    if not record.environment.exists():
        return complain([f"the start is not done, or was cut off: then {END}"], EXIT_NO)
    if not record.servers:
        return complain([f"no server could be started; {END}"], EXIT_NO)
    return EXIT_DONE
