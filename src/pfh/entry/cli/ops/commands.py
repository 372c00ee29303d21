"""The group `pfh ops`, put together from the commands of each part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pfh.entry.cli.ops import access, hold, kafka, postgres, redis

if TYPE_CHECKING:
    from pfh.entry.cli.session import CommandSession


def register(app: typer.Typer, session: CommandSession) -> None:
    """Add the group."""
    group = typer.Typer(help="Look into a running hub and repair it.", no_args_is_help=True)
    for module in (access, hold, kafka, postgres, redis):
        module.register(group, session)
    app.add_typer(group, name="ops")
