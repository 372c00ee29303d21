"""A table seen by its columns, and the columns that were recognised in it.

It exists so that each kind of column is found in a module of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from pfh.features.imports.formats import csv_words as words
from pfh.features.imports.formats.csv_dialect import Table, matches
from pfh.features.imports.formats.csv_mapping import known_currency, normal

ROWS_LOOKED_AT: Final = 300
_NUMBERED: Final = re.compile(r"([a-z])\d+$")


@dataclass(slots=True)
class Columns:
    """The columns found so far; the same names as in `Mapping`."""

    date: int | None = None
    amount: int | None = None
    debit: int | None = None
    credit: int | None = None
    fee: int | None = None
    indicator: int | None = None
    payee: tuple[int, ...] = ()
    payer: int | None = None
    memo: tuple[int, ...] = ()
    category: tuple[int, ...] = ()
    account: int | None = None
    currency: int | None = None
    external_id: int | None = None
    reference: int | None = None
    balance: int | None = None
    status: int | None = None
    tags: int | None = None
    action: int | None = None
    security: int | None = None
    quantity: int | None = None
    unit_price: int | None = None
    used: set[int] = field(default_factory=set)
    is_guessed: bool = False
    """No heading names the amount: its cells alone spoke for it."""

    def take(self, name: str, column: int | None) -> None:
        """Give a column to a field; nothing when there is none."""
        if column is not None:
            setattr(self, name, column)
            self.used.add(column)


@dataclass(frozen=True, slots=True)
class View:
    """A table seen by columns.

    Attributes:
        header: folded cells, empty texts when there is no header.
        rows: rows with a date and an amount, all as wide as `width`.
        width: the usual number of cells.
        is_budget: plans of months instead of movements.
    """

    header: tuple[str, ...]
    rows: list[list[str]]
    width: int
    is_budget: bool

    def cells(self, column: int) -> list[str]:
        """Return the cells of a column that are filled."""
        return [row[column].strip() for row in self.rows if row[column].strip()]

    def share(self, column: int, test: Callable[[str], object]) -> float:
        """Return how many of the filled cells pass, 0 to 1; 0 when none is filled."""
        cells = self.cells(column)
        return sum(bool(test(cell)) for cell in cells) / len(cells) if cells else 0.0

    def filled(self, column: int) -> float:
        """Return how many rows have the column filled, 0 to 1."""
        return len(self.cells(column)) / len(self.rows) if self.rows else 0.0


def view_of(table: Table) -> View:
    """Return the columns of a table, made equally wide."""
    cells = [] if table.header is None else table.records[table.header].cells
    header = [_NUMBERED.sub(r"\1", normal(cell)) for cell in cells]
    is_budget = any(matches(cell, words.BUDGETED) for cell in header) and "month" in header
    start = 0 if table.header is None else table.header + 1
    at = range(start, len(table.records)) if is_budget else table.data
    rows = [table.records[position].cells for position in list(at)[:ROWS_LOOKED_AT]]
    widths = [len(row) for row in rows]
    width = max(set(widths), key=lambda size: (widths.count(size), size)) if widths else len(header)
    # Rows as wide as the header are whole; wider ones hold bare delimiters, unless most are.
    if header and (width < len(header) or widths.count(len(header)) * 5 >= len(widths)):
        width = len(header)
    fitting = [row for row in rows if len(row) == width] or rows
    padded = [(row + [""] * width)[:width] for row in fitting]
    named = (header + [""] * width)[:width]
    return View(tuple(_moved(named, padded)), padded, width, is_budget)


def _moved(header: list[str], rows: list[list[str]]) -> list[str]:
    """Return the header with names moved to their numbers.

    Some brokers put one heading over two columns, a currency and an amount: "Change,,Balance,".
    """
    for column in range(len(header) - 1):
        name = header[column]
        cells = [row[column].strip() for row in rows if row[column].strip()]
        if (
            not header[column + 1]
            and matches(name, words.AMOUNT + words.AMOUNT_WEAK + words.BALANCE)
            and cells
            and all(cell.isupper() and known_currency(cell) for cell in cells)
        ):
            header[column], header[column + 1] = "currency", name
    return header
