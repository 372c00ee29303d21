"""`pfh import FILE…`: book bank files, or say what would be booked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Dates = Literal["day-first", "month-first", "year-first"]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("import")
    def import_files(
        files: Annotated[list[Path], typer.Argument(help="Bank files: OFX, QFX or CSV.")],
        user: Annotated[
            str | None,
            typer.Option(help="E-mail of whom the books belong to; needed when there are several."),
        ] = None,
        account: Annotated[
            str | None, typer.Option(help="Name of the account for rows that name none.")
        ] = None,
        currency: Annotated[
            str | None, typer.Option(help="Currency of rows that do not say theirs, like EUR.")
        ] = None,
        dates: Annotated[
            Dates | None,
            typer.Option(help="How dates are written, where the file does not tell."),
        ] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Read and compare, but book nothing.")
        ] = False,
        as_json: Annotated[
            bool, typer.Option("--json", help="Print one JSON object a file, one a line.")
        ] = False,
    ) -> None:
        """Import bank files; rows that were imported before are recognised and left out.

        Exit code 1 when a file cannot be read, or is not booked because nothing tells whether
        its 03/04 is in March or in April.
        """
        from pfh.entry.cli.import_work import ImportWork, carry_out

        work = ImportWork(
            files=files,
            user=user,
            account=account,
            currency=currency,
            dates=dates,
            dry_run=dry_run,
            as_json=as_json,
        )
        raise typer.Exit(carry_out(work))
