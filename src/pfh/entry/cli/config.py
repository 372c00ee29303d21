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
    def config(
        markdown: bool = typer.Option(False, "--markdown", help="Print the reference page."),
    ) -> None:
        """Show every setting, its present value (secrets masked) and what it means."""
        if markdown:
            typer.echo(reference_page(), nl=False)
            return
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
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Setting", "Value", "Meaning"):
        table.add_column(column, overflow="fold")
    for setting in ALL_SETTINGS:
        value = present_value(setting.name, secret=setting.secret)
        default = str(default_data_dir()) if setting.name == "PFH_DATA_DIR" else setting.default
        table.add_row(setting.name, value or f"[dim]{default}[/dim]", setting.help)
    Console().print(table)


def reference_page() -> str:
    """Return docs/reference/settings.md."""
    lines = [
        "# Settings",
        "",
        "<!-- Made by `pfh config --markdown`; a test compares. -->",
        "",
        "Every setting is an environment variable. An empty value counts as not set; an unknown",
        "`PFH_` variable, or a half-set database, stops the start and says what to repair.",
        "`pfh config` shows the present values. A secret may also be given in a file: name it in",
        "`NAME_FILE`, for example `PFH_SECRET_KEY_FILE=/run/secrets/pfh_key`.",
        "",
        "| Setting | Default | Meaning |",
        "|---|---|---|",
    ]
    for setting in ALL_SETTINGS:
        mark = " (secret)" if setting.secret else ""
        lines.append(f"| `{setting.name}`{mark} | {setting.default} | {setting.help} |")
    return "\n".join([*lines, ""])
