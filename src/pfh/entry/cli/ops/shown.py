"""What the commands of `pfh ops` print: a table for people, or one JSON document for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec
import typer

Cell: TypeAlias = str | int | float | bool | None
Rows: TypeAlias = Sequence[Mapping[str, Cell]]


def show(rows: Rows, *, as_json: bool, empty: str) -> None:
    """Print rows of the same columns; `empty` is what a person reads when there are none."""
    if as_json:
        typer.echo(msgspec.json.encode(list(rows)).decode())
    elif not rows:
        typer.echo(empty)
    else:
        typer.echo(table(rows))


def table(rows: Rows) -> str:
    """Return rows as text in columns, numbers to the right."""
    names = list(rows[0])
    cells = [[_text(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(names)]
    right = [all(isinstance(row[name], int | float | None) for row in rows) for name in names]
    lines = [names, *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def _text(value: Cell) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
