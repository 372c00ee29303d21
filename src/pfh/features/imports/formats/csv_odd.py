"""Rows that are not of the usual shape: ragged, continued, pending, a balance, a total, wrong.

It exists so that what is no movement is never booked and what is one is never lost in silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from pfh.core.errors import Problem
from pfh.features.imports.formats import csv_words_cells as cell_words
from pfh.features.imports.formats.amounts import BLANK_CELLS, to_minor
from pfh.features.imports.formats.balance_lines import names_balance
from pfh.features.imports.formats.csv_cells import (
    NO_CURRENCY,
    SHOWN_MAX,
    Cells,
    Unreadable,
)
from pfh.features.imports.formats.csv_dialect import is_amount, matches
from pfh.features.imports.formats.csv_fields import Fields, Texts
from pfh.features.imports.formats.csv_mapping import COLUMNS_MAX, Mapping, normal
from pfh.features.imports.formats.csv_trades import trade_value
from pfh.features.imports.formats.statement import Note, RowError, RowKind, StatementRow

_DAY_NUMBER: Final = re.compile(r"[2-7]\d{4}(?:[.,]\d+)?")
FIELD_MAX: Final = 10_000
_FULL_SHARE: Final = 0.6
_STATUS_REMEMBERED: Final = 100

Odd = StatementRow | RowError | Note | str | None
"""What a row turned out to be: a text continues the memo of the row before, None is nothing."""


class OddRows:
    """The careful path of one file; `good` is the last row that was a movement."""

    def __init__(self, mapping: Mapping, cells: Cells, texts: Texts, fields: Fields) -> None:
        """Take what reads the single cells."""
        self._mapping = mapping
        self._cells = cells
        self._texts = texts
        self._fields = fields
        self._after_blank = False
        self.good: Sequence[str] = ()
        self.plain_status: set[str] = set()
        # A total never stands in these.
        self._words = {*mapping.payee, *mapping.memo}

    def read(self, line: int, cells: list[str]) -> Odd:
        """Return what the row is; `good` and `plain_status` are kept up to date."""
        filled = [at for at, cell in enumerate(cells) if cell and not cell.isspace()]
        if not filled:
            self._after_blank = True
            return None
        if len(cells) > COLUMNS_MAX:
            return RowError(line, "row", f"The line has more than {COLUMNS_MAX} cells.")
        if any(len(cell) > FIELD_MAX for cell in cells):
            return RowError(line, "row", f"A cell is longer than {FIELD_MAX} characters.")
        aligned = self._aligned(cells)
        day = self._cells.date(aligned[self._mapping.date])
        if day is None:
            return self._without_date(line, aligned, filled)
        if not self._cells.has_amount(aligned):
            return self._without_amount(line, day, aligned)
        return self._movement(line, day, aligned)

    def _aligned(self, cells: list[str]) -> list[str]:
        """Return the row as wide as the table: a text with bare delimiters is joined again."""
        width = self._mapping.width
        extra = len(cells) - width
        if extra <= 0:
            return cells + [""] * -extra if extra else cells
        if not any(cell.strip() for cell in cells[width:]):
            return cells[:width]
        for at in sorted(self._words):
            joined = self._mapping.delimiter.join(cells[at : at + extra + 1])
            candidate = [*cells[:at], joined, *cells[at + extra + 1 :]]
            if self._fits(candidate):
                return candidate
        return cells[:width]

    def _fits(self, cells: list[str]) -> bool:
        if self._cells.date(cells[self._mapping.date]) is None:
            return False
        try:
            self._cells.amount(cells)
        except Unreadable as unreadable:
            return unreadable.field == "currency" and self._mapping.currency is None
        return self._mapping.balance is None or is_amount(cells[self._mapping.balance].strip())

    def _movement(self, line: int, day: str, cells: list[str]) -> Odd:
        try:
            minor, code = self._cells.amount(cells)
        except Unreadable as unreadable:
            return RowError(line, unreadable.field, unreadable.message)
        if self._is_balance(cells):
            # In the middle of the table it is written like a movement, after it it is a footer.
            return Note(line, "A balance, not a movement.", counted=not self._after_blank)
        payee, memo = self._texts(cells, minor)
        row = StatementRow(line, day, minor, code, payee, memo, *self._fields(cells))  # type: ignore[arg-type]
        self._after_blank = False
        self.good = cells
        return self._by_status(row, cells)

    def _by_status(self, row: StatementRow, cells: list[str]) -> Odd:
        column = self._mapping.status
        if column is None:
            return row
        word = normal(cells[column])
        if word in cell_words.VOID_CELLS:
            return Note(row.line, f"Not carried out by the bank: {word}.", counted=True)
        if word in cell_words.PENDING_CELLS:
            return row._replace(kind=RowKind.PENDING)
        if len(self.plain_status) < _STATUS_REMEMBERED:
            self.plain_status.add(cells[column])
        return row

    def _is_balance(self, cells: Sequence[str]) -> bool:
        payee = self._texts(list(cells), 0)[0]
        return any(map(names_balance, [payee] if payee else cells))

    def _without_date(self, line: int, cells: list[str], filled: list[int]) -> Odd:
        text = cells[self._mapping.date].strip()
        if not text or not self._cells.has_amount(cells):
            return self._undated(line, cells, filled)
        if normal(text) in cell_words.PENDING_CELLS:
            return Note(line, "Pending, without a date yet.")
        full = len(filled) >= self._usual_filled() * _FULL_SHARE and self._numeric(cells)
        if not full or names_balance(text) or self._is_header(cells):
            return Note(line, "A balance or a heading, not a movement.")
        if matches(normal(text), cell_words.TOTALS):
            return Note(line, "A total, not a movement.")
        if is_amount(text) and not any(cells[at].strip() for at in self._words):
            # Numbers in a row and no words: the sums below a table.
            return Note(line, "A balance or a total, not a movement.")
        message = f"“{text[:SHOWN_MAX]}” is not a date."
        if _DAY_NUMBER.fullmatch(text):
            message += " It is how a spreadsheet counts days: format the column as dates."
        return RowError(line, "date", message)

    def _undated(self, line: int, cells: list[str], filled: list[int]) -> Odd:
        """Return what a row is whose date cell is empty, or that has no amount either."""
        is_blank = not cells[self._mapping.date].strip()
        if not self._cells.has_amount(cells):
            if self.good and is_blank and len(filled) <= 2 and self._words.issuperset(filled):  # noqa: PLR2004
                return " ".join(cells[at].strip() for at in filled)
            if not is_blank or not self._money_elsewhere(cells):
                return None
        return Note(line, "A row without a date: pending, a balance or a total.")

    def _usual_filled(self) -> int:
        good = sum(1 for cell in self.good if cell.strip())
        return good or self._mapping.width

    def _numeric(self, cells: Sequence[str]) -> bool:
        mapping = self._mapping
        columns = (mapping.amount, mapping.debit, mapping.credit)
        return any(is_amount(cells[c].strip()) for c in columns if c is not None)

    def _is_header(self, cells: Sequence[str]) -> bool:
        return bool(self._mapping.header) and normal(cells[self._mapping.date]) == normal(
            self._mapping.header[self._mapping.date]
        )

    def _without_amount(self, line: int, day: str, cells: list[str]) -> Odd:
        mapping = self._mapping
        value = trade_value(mapping, cells)
        if value is not None:
            return self._traded(line, day, cells, value)
        others = [c for c in (mapping.quantity, mapping.unit_price) if c is not None]
        if any(cells[c].strip().lower() not in BLANK_CELLS for c in others):
            return RowError(line, "amount", "The amount is missing.")
        elsewhere = self._money_elsewhere(cells)
        if elsewhere:
            message = f"The amount is missing, and another column has “{elsewhere}”."
            return RowError(line, "amount", message)
        return Note(line, "A date without an amount.")

    def _money_elsewhere(self, cells: Sequence[str]) -> str | None:
        """Return what looks like money in a column that is not read: amounts in dollars, say."""
        read = {*self._mapping.columns()}
        for at, cell in enumerate(cells):
            text = cell.strip()
            if at not in read and not text.isdecimal() and is_amount(text):
                return text[:SHOWN_MAX]
        return None

    def _traded(self, line: int, day: str, cells: list[str], value: Decimal) -> Odd:
        try:
            code = self._cells.code_of(cells)
            if code is None:
                return RowError(line, "currency", NO_CURRENCY)
            minor = to_minor(str(abs(value)), self._cells.unit(code), round_it=True)
        except Unreadable as unreadable:
            return RowError(line, unreadable.field, unreadable.message)
        except Problem as problem:
            return RowError(line, "amount", problem.detail)
        minor = -minor if value < 0 else minor
        payee, memo = self._texts(cells, minor)
        return StatementRow(line, day, minor, code, payee, memo, *self._fields(cells))  # type: ignore[arg-type]
