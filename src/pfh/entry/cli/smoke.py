"""`pfh smoke`: does the hub that runs somewhere do what a person needs?"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, complain

if TYPE_CHECKING:
    import typer

DEFAULT_URL: Final = "http://localhost:3333"


def register(app: typer.Typer) -> None:
    """Add `smoke`."""
    import typer

    @app.command("smoke")
    def smoke_command() -> None:
        """Walk through the whole hub at BASE_URL as a throwaway user, who deletes itself.

        Health, sign-up, account, transaction, dashboard, import, taking back, sign-out. Exit code 1
        with the request and its answer when anything is not as it must be, also when EXPECT_COMMIT
        is set and another version answers.
        """
        raise typer.Exit(smoke())


def smoke() -> int:
    """Walk, tell each step, and return the exit code."""
    from pfh.entry.cli.smoke_journey import Journey, SmokeFailed

    url = os.environ.get("BASE_URL", "").rstrip("/") or DEFAULT_URL
    journey = Journey(url, expected_commit=os.environ.get("EXPECT_COMMIT", ""), tell=_tell)
    try:
        journey.walk()
    except SmokeFailed as error:
        return complain([f"smoke of {url} failed: {error}"], EXIT_NO)
    _tell(f"The hub at {url} works: {journey.seconds:.1f} s.")
    return EXIT_DONE


def _tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
