"""The date, the amount and the currency of one row, read with care.

It exists apart from the loop over rows so that the quick path and the careful path agree on what a
cell means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pfh.core.commodity import Commodity, commodity
from pfh.core.errors import Problem
from pfh.features.imports.formats import csv_words as words
from pfh.features.imports.formats import csv_words_cells as cell_words
from pfh.features.imports.formats.amounts import (
    BLANK_CELLS,
    Amount,
    fast_reader,
    find_amount,
    plain,
    sided,
    to_minor,
)
from pfh.features.imports.formats.csv_dialect import matches
from pfh.features.imports.formats.csv_mapping import Mapping, SideSigns, known_currency, normal
from pfh.features.imports.formats.dates import parse_date

SHOWN_MAX: Final = 60
NO_CURRENCY: Final = "The file does not say its currency: choose one."
_DATES_REMEMBERED: Final = 20_000


class Unreadable(Exception):
    """One cell of a row cannot be taken; `field` and `message` go to the error of the row."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Cells:
    """Reads the cells of rows with one mapping.

    Attributes:
        code: currency of rows that do not say theirs, or None.
        dates: texts of the date column that were read before.
    """

    def __init__(self, mapping: Mapping, currency: str | None) -> None:
        """Take the currency for a mapping that has none."""
        self._mapping = mapping
        self.code = mapping.commodity or currency
        self.dates: dict[str, str] = {}
        self._units: dict[str, Commodity] = {}
        self._round = mapping.kind == "investment"

    def unit(self, code: str) -> Commodity:
        """Return the commodity of a known code."""
        unit = self._units.get(code)
        if unit is None:
            unit = self._units[code] = commodity(code)
        return unit

    def date(self, text: str) -> str | None:
        """Return ISO text, or None when the cell is no date."""
        day = self.dates.get(text)
        if day is None:
            day = parse_date(text, self._mapping.date_order)
            if day is not None and len(self.dates) < _DATES_REMEMBERED:
                self.dates[text] = day
        return day

    def code_of(self, cells: Sequence[str]) -> str | None:
        """Return the currency of a row: its own cell, else the file's, else what was given."""
        column = self._mapping.currency
        if column is None or not cells[column].strip():
            return self.code
        own = known_currency(cells[column])
        if own is None:
            shown = cells[column].strip()[:SHOWN_MAX]
            raise Unreadable("currency", f"“{shown}” is not a currency that we know.")
        return own

    def has_amount(self, cells: Sequence[str]) -> bool:
        """Tell whether an amount column is filled."""
        mapping = self._mapping
        # Beside columns of money out and in a fee stands in a row of its own, too.
        fee = mapping.fee if mapping.amount is None else None
        return any(
            cells[column].strip().lower() not in BLANK_CELLS
            for column in (mapping.amount, mapping.debit, mapping.credit, fee)
            if column is not None
        )

    def amount(self, cells: Sequence[str]) -> tuple[int, str]:
        """Return signed minor units and the currency of a row.

        Raises:
            Unreadable: no number, both sides filled, too many decimals, no currency.
        """
        mapping = self._mapping
        code = self.code_of(cells)
        if mapping.amount is None:
            return self._of_sides(cells, code)
        found = self._find(cells[mapping.amount])
        minor, code = self._minor(found, code)
        if mapping.fee is not None and cells[mapping.fee].strip():
            fee, _ = self._minor(self._find(cells[mapping.fee]), code)
            minor -= fee
        return self._directed(minor, found, cells), code

    def _of_sides(self, cells: Sequence[str], code: str | None) -> tuple[int, str]:
        mapping = self._mapping
        total, filled = 0, 0
        for column, sign in ((mapping.debit, -1), (mapping.credit, 1)):
            if column is None or cells[column].strip().lower() in BLANK_CELLS:
                continue
            minor, code = self._minor(self._find(cells[column]), code)
            filled += minor != 0
            total += sided(minor, sign, mapping.sides)
        if filled > 1:
            raise Unreadable("amount", "The row has both money out and money in.")
        if mapping.fee is not None and cells[mapping.fee].strip().lower() not in BLANK_CELLS:
            fee, code = self._minor(self._find(cells[mapping.fee]), code)
            total -= abs(fee)
        if code is None:
            raise _no_currency()
        return total, code

    def _find(self, cell: str) -> Amount:
        found = find_amount(cell.strip())
        if found is None:
            shown = cell.strip()[:SHOWN_MAX]
            text = f"“{shown}” is not an amount." if shown else "The amount is missing."
            raise Unreadable("amount", text)
        return found

    def _minor(self, found: Amount, code: str | None) -> tuple[int, str]:
        code = found.currency or code
        if code is None:
            raise _no_currency()
        number = plain(found.digits, self._mapping.decimal)
        try:
            minor = to_minor(number, self.unit(code), round_it=self._round)
        except Problem as problem:
            raise Unreadable("amount", problem.detail) from None
        return (-minor if found.negative else minor), code

    def _directed(self, minor: int, found: Amount, cells: Sequence[str]) -> int:
        mapping = self._mapping
        if mapping.sign == "inverted":
            return -minor
        if mapping.sign == "plusIsCredit":
            return abs(minor) if found.marked_credit else -abs(minor)
        if mapping.sign == "asIs" or mapping.indicator is None:
            return minor
        shown = cells[mapping.indicator].strip()
        if normal(shown) in cell_words.UNDIRECTED_CELLS:
            raise Unreadable("amount", f"“{shown[:SHOWN_MAX]}” says neither money in nor out.")
        out = self.is_debit(shown)
        if mapping.sign == "indicatorAbsolute":
            return -abs(minor) if out else abs(minor)
        return -minor if out else minor

    def is_debit(self, cell: str) -> bool:
        """Tell whether the indicator says money out."""
        word = normal(cell) or cell.strip()
        if word in self._mapping.debit_words:
            return True
        if self._mapping.kind == "investment":
            return matches(word, words.BUY)
        return word in cell_words.DEBIT_CELLS

    def balance(self, cells: Sequence[str]) -> int | None:
        """Return the balance after the row, None when the cell holds none that fits."""
        column, code = self._mapping.balance, self.code
        if column is None or code is None:
            return None
        quick = fast_reader(self.unit(code).exponent, self._mapping.decimal)(cells[column])
        if quick is not None:
            return quick
        try:
            return self._minor(self._find(cells[column]), code)[0]
        except Unreadable:
            return None


def _no_currency() -> Unreadable:
    return Unreadable("currency", NO_CURRENCY)


def compile_quick(mapping: Mapping, cells: Cells) -> Callable[[list[str]], int | None]:
    """Return a reader of the usual amounts of a mapping; None sends the row to the careful path."""
    if cells.code is None or mapping.fee is not None:
        return lambda _: None
    read = fast_reader(cells.unit(cells.code).exponent, mapping.decimal)
    amount, debit, credit = mapping.amount, mapping.debit, mapping.credit
    if amount is None:
        return _quick_sides(read, debit, credit, mapping.sides)
    if mapping.sign == "asIs":
        return lambda row: read(row[amount])
    if mapping.sign == "inverted":
        return lambda row: None if (minor := read(row[amount])) is None else -minor
    return lambda _: None


def _quick_sides(
    read: Callable[[str], int | None], debit: int | None, credit: int | None, sides: SideSigns
) -> Callable[[list[str]], int | None]:
    if debit is None or credit is None:
        return lambda _: None

    def quick(row: list[str]) -> int | None:
        out, inward = row[debit], row[credit]
        if out and not inward:
            minor = read(out)
            return None if minor is None else sided(minor, -1, sides)
        if inward and not out:
            minor = read(inward)
            return None if minor is None else sided(minor, 1, sides)
        return None

    return quick
