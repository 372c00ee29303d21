"""`pfh config`: every setting with its value and meaning; `pfh config check`: do they work."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, EXIT_USAGE, complain
from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import (
    ALL_SETTINGS,
    Settings,
    default_data_dir,
    load_settings,
    near_misses,
)

if TYPE_CHECKING:
    from pfh.runtime.probes import Probe


def register(app: typer.Typer) -> None:
    """Add the command."""
    commands = typer.Typer(help="Look at the settings.", no_args_is_help=False)

    @commands.callback(invoke_without_command=True)
    def config(context: typer.Context) -> None:
        """Show every setting, its present value (secrets masked) and what it means."""
        if context.invoked_subcommand is None:
            _print_table()
            _load()

    @commands.command("check")
    def check() -> None:
        """Connect to every server of the settings and say what it answers; exit 1 if one fails."""
        settings = _load()
        complain(near_misses(os.environ), EXIT_DONE)
        raise typer.Exit(_check(settings))

    app.add_typer(commands, name="config")


def _load() -> Settings:
    try:
        return load_settings()
    except SettingsInvalid as error:
        raise typer.Exit(complain(error.mistakes, EXIT_USAGE)) from None


def _check(settings: Settings) -> int:
    from rich.markup import escape
    from rich.table import Table

    from pfh.entry.cli.tables import print_table

    probes = asyncio.run(_answers(settings))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Server", "Address", "Answer", "Time", "Detail"):
        table.add_column(column, overflow="fold")
    for probe in probes:
        took = f"{probe.milliseconds} ms" if probe.milliseconds else ""
        cells = (probe.name, probe.address, probe.state, took, probe.detail)
        table.add_row(*map(escape, cells), style="red" if probe.failed else None)
    print_table(table)
    return EXIT_NO if any(probe.failed for probe in probes) else EXIT_DONE


async def _answers(settings: Settings) -> tuple[Probe, ...]:
    from pfh.runtime.probes import probe_all
    from pfh.runtime.third_party_probes import check_third_parties

    servers, others = await asyncio.gather(probe_all(settings), check_third_parties(settings))
    return (*servers, *others)


def present_value(name: str, *, secret: bool) -> str:
    """Return what the environment says, masked when secret, or an empty text."""
    value = os.environ.get(name, "")
    if value and secret:
        return "[set]"
    if secret and os.environ.get(f"{name}_FILE"):
        return f"[in {os.environ[f'{name}_FILE']}]"
    return value


def _print_table() -> None:
    from rich.markup import escape
    from rich.table import Table

    from pfh.entry.cli.tables import print_table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Setting", "Value", "Meaning"):
        table.add_column(column, overflow="fold")
    for setting in ALL_SETTINGS:
        value = present_value(setting.name, secret=setting.secret)
        default = str(default_data_dir()) if setting.name == "PFH_DATA_DIR" else setting.default
        table.add_row(setting.name, escape(value) or f"[dim]{default}[/dim]", setting.help)
    print_table(table)
