"""`pfh runbook`: contacts in the runbook, and the proof that its commands are right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, EXIT_UNAVAILABLE, EXIT_USAGE, complain

if TYPE_CHECKING:
    from pfh.entry.cli.runbook.book import Block, Book
    from pfh.entry.cli.runbook.check import Result

_ROOT: Final = typer.Option("--root", help="The checkout; the folder of this command otherwise.")
Root = Annotated[Path, _ROOT]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = typer.Typer(
        help="The operations runbook, docs/runbook.md of a checkout.", no_args_is_help=True
    )

    @commands.command("check")
    def check_command(
        root: Root = Path(),
        only: Annotated[
            list[str] | None, typer.Option(help="This block alone, and what it needs; repeatable.")
        ] = None,
        lint: Annotated[
            bool, typer.Option("--lint", help="Start no server: run nothing, check the rest.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
        write: Annotated[
            bool, typer.Option("--write", help="Write docs/runbook-coverage.md as well.")
        ] = False,
    ) -> None:
        """Run or check every command of the runbook on native servers; exit 1 when one is wrong.

        The servers, a hub and everything that the commands touch are thrown away afterwards.
        """
        raise typer.Exit(
            _check(root.resolve(), only or [], lint=lint, as_json=as_json, write=write)
        )

    @commands.command("contacts")
    def contacts_command(root: Root = Path()) -> None:
        """Write the people of deploy/oncall.yml into the runbook."""
        raise typer.Exit(_contacts(root.resolve()))

    app.add_typer(commands, name="runbook")


def _contacts(root: Path) -> int:
    from pfh.entry.cli.runbook.contacts import render

    page = root / "docs" / "runbook.md"
    try:
        text = page.read_text(encoding="utf-8")
        people = (root / "deploy" / "oncall.yml").read_text(encoding="utf-8")
        page.write_text(render(text, people), encoding="utf-8")
    except (OSError, ValueError) as error:
        return complain([f"{error}; --root names the checkout"], EXIT_USAGE)
    return EXIT_DONE


def _check(root: Path, only: list[str], *, lint: bool, as_json: bool, write: bool) -> int:
    from pfh.entry.cli.runbook.book import BookInvalid, parse

    try:
        book = parse((root / "docs" / "runbook.md").read_text(encoding="utf-8"))
        blocks = book.with_what_they_need(only) if only else book.blocks
    except OSError as error:
        return complain([f"{error}; --root names the checkout"], EXIT_USAGE)
    except (BookInvalid, KeyError) as error:
        return complain([f"docs/runbook.md: {error}"], EXIT_USAGE)
    code, results = _checked(book, root, blocks, lint=lint, quiet=as_json)
    if code == EXIT_DONE and write:
        from pfh.entry.cli.runbook.coverage import render

        (root / "docs" / "runbook-coverage.md").write_text(render(book), encoding="utf-8")
    _report(results, as_json=as_json)
    return code


def _checked(
    book: Book, root: Path, blocks: list[Block], *, lint: bool, quiet: bool
) -> tuple[int, list[Result]]:
    from pfh.entry.cli.runbook.check import check
    from pfh.entry.cli.runbook.stage import set_up
    from pfh.entry.cli.stack.missing import Missing

    def tell(result: Result) -> None:
        if not quiet and result.fault:
            typer.echo(f"{result.block.name} (line {result.block.line}): {result.fault}", err=True)

    try:
        if lint:
            results = check(book, root, None, blocks, tell)
        else:
            with set_up(root) as stage:
                results = check(book, root, stage, blocks, tell)
    except ModuleNotFoundError as error:
        words = f"the package {error.name} is missing; this is a command for a checkout"
        return complain([words], EXIT_UNAVAILABLE), []
    except Missing as missing:
        return complain([f"the stage cannot be set up: {missing}"], EXIT_UNAVAILABLE), []
    failed = any(result.fault for result in results)
    return (EXIT_NO if failed else EXIT_DONE), results


def _report(results: list[Result], *, as_json: bool) -> None:
    if as_json:
        blocks = [
            {
                "id": one.block.name,
                "class": one.block.kind,
                "line": one.block.line,
                "verdict": one.verdict,
                "seconds": round(one.seconds, 3),
                "fault": one.fault,
            }
            for one in results
        ]
        typer.echo(json.dumps({"blocks": blocks}, indent=1))
    elif results:
        _print_table(results)


def _print_table(results: list[Result]) -> None:
    from rich.table import Table

    from pfh.entry.cli.tables import print_table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Block", "Class", "Verdict", "Seconds"):
        table.add_column(column)
    for one in results:
        style = "red" if one.fault else None
        cells = (one.block.name, one.block.kind, one.verdict, f"{one.seconds:.2f}")
        table.add_row(*cells, style=style)
    print_table(table)
    counts = {word: sum(one.verdict == word for one in results) for word in ("proven", "failed")}
    words = ", ".join(f"{count} {word}" for word, count in counts.items())
    typer.echo(f"{words}, {sum(one.seconds for one in results):.0f} s")
