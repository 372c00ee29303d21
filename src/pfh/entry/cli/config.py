"""`pfh config`: every setting with its present value and what it means."""

from __future__ import annotations

import os

import typer

from pfh.entry.cli.outcome import EXIT_USAGE, complain
from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import ALL_SETTINGS, default_data_dir, load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("config")
    def config() -> None:
        """Show every setting, its present value (secrets masked) and what it means."""
        _print_table()
        try:
            load_settings()
        except SettingsInvalid as error:
            raise typer.Exit(complain(error.mistakes, EXIT_USAGE)) from None


def present_value(name: str, *, secret: bool) -> str:
    """Return what the environment says, masked when secret, or an empty text."""
    value = os.environ.get(name, "")
    if value and secret:
        return "[set]"
    if secret and os.environ.get(f"{name}_FILE"):
        return f"[in {os.environ[f'{name}_FILE']}]"
    return value


def _print_table() -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Setting", "Value", "Meaning"):
        table.add_column(column, overflow="fold")
    for setting in ALL_SETTINGS:
        value = present_value(setting.name, secret=setting.secret)
        default = str(default_data_dir()) if setting.name == "PFH_DATA_DIR" else setting.default
        table.add_row(setting.name, escape(value) or f"[dim]{default}[/dim]", setting.help)
    Console().print(table)
