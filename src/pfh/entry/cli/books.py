"""`pfh verify` and `pfh rebuild`: proving the books, and making the read models again."""

from __future__ import annotations

from typing import Annotated

import typer

from pfh.entry.cli.session import CommandSession


def register(app: typer.Typer) -> None:
    """Add the commands."""
    session = CommandSession()

    @app.command("verify")
    def verify(
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        """Prove the books from scratch: sums, balances, entries, events and read models.

        Changes nothing. Exit code 1 when something is wrong; each fault names its row.
        """
        from pfh.entry.cli.books_work import verify_all

        session.run(lambda services: verify_all(services, as_json=as_json))

    @app.command("rebuild")
    def rebuild() -> None:
        """Drop the read models of the dashboard and make them again from the events."""
        from pfh.entry.cli.books_work import rebuild_all

        session.run(rebuild_all)
