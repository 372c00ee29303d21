"""Opening the services for one command, and ending the command in words and a number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NoReturn

import typer

from pfh.entry.cli.opened_books import with_services
from pfh.entry.cli.outcome import EXIT_USAGE, complain
from pfh.ports.services import Services
from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import Settings, load_settings


class CommandSession:
    """What a feature's commands get; see `entry/cli/main.py`."""

    def settings(self) -> Settings:
        """Return the settings, or end the command with code 2."""
        try:
            return load_settings()
        except SettingsInvalid as error:
            raise typer.Exit(complain(error.mistakes, EXIT_USAGE)) from None

    def run(
        self, work: Callable[[Services], Awaitable[int]], *, beside_a_hub: bool = True
    ) -> NoReturn:
        """Run `work` with open services and end the command with the number it returns.

        Args:
            work: returns an exit code; problems that it raises are printed, code 1.
            beside_a_hub: whether a hub may be running on the same data directory.
        """
        raise typer.Exit(with_services(self.settings(), work, beside_a_hub=beside_a_hub))
