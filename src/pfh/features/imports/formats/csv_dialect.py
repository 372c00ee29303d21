"""How a table of text is cut into rows and cells, and where its header is.

It exists because the delimiter cannot be asked for: the right one is that which makes the most rows
with a date and an amount in cells of their own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from pfh.features.imports.formats import csv_words as words
from pfh.features.imports.formats.amounts import find_amount
from pfh.features.imports.formats.csv_mapping import COLUMNS_MAX, normal
from pfh.features.imports.formats.dates import parse_date

Quote = Literal['"', "'", ""]
DELIMITERS: Final = (",", ";", "\t", "|", "~", "^")
_RECORDS_SCORED: Final = 200
_RECORDS_KEPT: Final = 1_000
_HEADER_CELL_MAX: Final = 80
_HEADER_WITHIN: Final = 100
_ROLES_MIN: Final = 2
_UNKNOWN_HEADER_MIN: Final = 3
_UNKNOWN_HEADER_SHARE: Final = 0.7
_ID_DIGITS: Final = 7
_CELL_MAX: Final = 48


@dataclass(frozen=True, slots=True)
class Record:
    """Cells of one row and the line where it starts."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """The head of a file, cut.

    Attributes:
        delimiter: one character.
        quote: what wraps cells.
        records: rows that are not blank, the preamble too.
        header: position of the header in `records`, None when there is none.
        data: positions of rows with a date and an amount.
    """

    delimiter: str
    quote: Quote
    records: list[Record]
    header: int | None
    data: list[int]


def cut(lines: Iterable[str], delimiter: str, quote: Quote) -> Iterator[Record]:
    """Yield the rows that are not blank; a row that cannot be cut comes as one cell."""
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue
        if cells and len(cells) <= COLUMNS_MAX:
            yield Record(line, cells)


def split_lines(text: str) -> list[str]:
    """Cut text as the reader will: at line feeds, at carriage returns when there are none."""
    if "\n" in text:
        return [f"{line}\n" for line in text.split("\n")]
    return [f"{line}\r" for line in text.split("\r")]


def read_table(text: str, *, whole: bool) -> Table:
    """Return the table of a sample with the delimiter and quote that suit it best.

    Args:
        text: the first characters of a file.
        whole: they are all of it; else the last line may be cut and is left out.
    """
    lines = split_lines(text)
    if not whole and len(lines) > 1:
        del lines[-1]
    delimiter, quote = _best(lines)
    records = []
    for record in cut(lines, delimiter, quote):
        if any(cell and not cell.isspace() for cell in record.cells):
            records.append(record)
        if len(records) >= _RECORDS_KEPT:
            break
    header = find_header(records)
    start = 0 if header is None else header + 1
    data = [at for at in range(start, len(records)) if is_data(records[at].cells)]
    if header is None and data and _heads(records, data[0]):
        header = data[0] - 1
    return Table(delimiter, quote, records, header, data)


def _heads(records: list[Record], first: int) -> bool:
    """Tell whether the row above the first of data is a header, though in unknown words."""
    if first == 0:
        return False
    above, below = records[first - 1].cells, records[first].cells
    names = [cell.strip() for cell in above if cell.strip()]
    return (
        len(names) >= max(_UNKNOWN_HEADER_MIN, len(above) * _UNKNOWN_HEADER_SHARE)
        and abs(len(above) - len(below)) <= 1
        and len(set(names)) == len(names)
        and all(_is_name(name) for name in names)
    )


def _is_name(cell: str) -> bool:
    return len(cell) <= _HEADER_CELL_MAX and not (
        is_date(cell) or is_amount(cell) or cell.isdecimal()
    )


def _best(lines: list[str]) -> tuple[str, Quote]:
    head = lines[:_RECORDS_SCORED]
    declared = re.match(r"\ufeff?sep=(.)\s*$", head[0]) if head else None
    if declared:
        return declared[1], '"'
    best: tuple[str, Quote] = (",", '"')
    best_score = (0.0, 0)
    for delimiter in DELIMITERS:
        if not any(delimiter in line for line in head):
            continue
        for quote in _quotes(head, delimiter):
            score = _score(list(cut(head, delimiter, quote)))
            # Ordinary quotes win a draw; another kind must find clearly more rows.
            if score > (best_score if quote == '"' else (best_score[0] * 1.2 + 0.5, 0)):
                best, best_score = (delimiter, quote), score
    return best


def _quotes(lines: list[str], delimiter: str) -> Iterator[Quote]:
    yield '"'
    if any('"' in line for line in lines):
        yield ""
    if any(f"{delimiter}'" in line and f"'{delimiter}" in line for line in lines):
        yield "'"


def _score(records: list[Record]) -> tuple[float, int]:
    rows = sum(is_data(record.cells) for record in records)
    header = max((_roles(record.cells) for record in records[:_HEADER_WITHIN]), default=0)
    # Without a row of data the header alone must tell: an empty statement.
    return rows + min(header, 8) / 10, header


def find_header(records: list[Record]) -> int | None:
    """Return the position of the row whose cells name the most kinds of columns, or None."""
    best, best_roles = None, _ROLES_MIN - 1
    for at, record in enumerate(records[:_HEADER_WITHIN]):
        roles = _roles(record.cells)
        if roles > best_roles:
            best, best_roles = at, roles
    return best


def _roles(cells: list[str]) -> int:
    if len(cells) == 1:
        # One cell with many words is a title, or a header cut with the wrong delimiter.
        return 0
    if any(is_date(cell) or is_amount(cell) for cell in cells):
        return 0
    if any(len(cell.strip()) > _HEADER_CELL_MAX for cell in cells):
        return 0
    found = {role for cell in cells if cell for role in _roles_of(normal(cell))}
    return len(found) if found & {"date", "amount"} else 0


@lru_cache(maxsize=4096)
def _roles_of(header: str) -> frozenset[str]:
    return frozenset(
        role
        for role, group in (
            ("date", DATE_WORDS),
            ("amount", AMOUNT_WORDS),
            ("text", words.DESCRIPTION + words.PAYEE),
            ("balance", words.BALANCE),
            ("currency", words.CURRENCY),
            ("category", words.CATEGORY),
            ("account", words.ACCOUNT + words.ACCOUNT_NUMBER),
            ("id", words.EXTERNAL_ID + words.REFERENCE),
            ("trade", words.SECURITY + words.QUANTITY),
        )
        if matches(header, group)
    )


DATE_WORDS: Final = (
    *words.DATE_PLAIN,
    *(
        "datum-",
        "-datum",
        "wertstellung",
        "created",
        "booking",
        "buchung-",
        "valuta",
        "month",
        "date op",
        "timestamp",
        "datetime",
        "time",
    ),
)
AMOUNT_WORDS: Final = words.AMOUNT + words.DEBIT + words.CREDIT + words.BUDGETED + ("gross", "net")


@lru_cache(maxsize=256)
def _pattern(group: tuple[str, ...]) -> re.Pattern[str]:
    parts = (
        "".join(
            (
                r"\w*" if word[0] == "-" else "",
                re.escape(word.strip("-")),
                r"\w*" if word[-1] == "-" else "",
            )
        )
        for word in group
    )
    return re.compile(rf"\b(?:{'|'.join(parts)})\b")


def matches(header: str, group: tuple[str, ...]) -> bool:
    """Tell whether a folded header holds a word of the group."""
    return bool(header) and _pattern(group).search(header) is not None


@lru_cache(maxsize=16_384)
def is_date(cell: str) -> bool:
    """Tell whether the cell is a date in some order."""
    if not cell or len(cell) > _CELL_MAX:
        return False
    return any(parse_date(cell, order) for order in ("dmy", "mdy", "ymd"))


@lru_cache(maxsize=16_384)
def is_amount(cell: str) -> bool:
    """Tell whether the cell is an amount, not a date and not a number that only names something."""
    if not cell or len(cell) > _CELL_MAX:
        return False
    found = find_amount(cell)
    if found is None or is_date(cell):
        return False
    digits = found.digits
    named = digits.isdecimal() and (len(digits) >= _ID_DIGITS or (digits[0] == "0" < digits))
    return not (named and len(digits) > 1)


def is_data(cells: list[str]) -> bool:
    """Tell whether a row has a date and an amount."""
    return any(map(is_date, cells)) and any(map(is_amount, cells))
