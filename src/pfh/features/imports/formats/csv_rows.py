"""The rows of a table: a quick path for the usual one, a careful path for the rest.

It exists because a hundred thousand rows must cost well under a second, and because the one row in
a thousand that is ragged, continued, pending or a balance must not be read as something else.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from pfh.features.imports.formats.csv_cells import Cells, compile_quick
from pfh.features.imports.formats.csv_fields import compile_fields, compile_texts
from pfh.features.imports.formats.csv_guess import folded
from pfh.features.imports.formats.csv_mapping import Mapping
from pfh.features.imports.formats.csv_odd import FIELD_MAX, OddRows
from pfh.features.imports.formats.csv_words_cells import BALANCE_BEGINNINGS
from pfh.features.imports.formats.dates import parse_month
from pfh.features.imports.formats.statement import FILE_FIELD, Item, Note, RowError, StatementRow

_HEADER_WITHIN: Final = 2_000
_PAYEES_REMEMBERED: Final = 10_000
_PAYEE_SHORT: Final = 200

Report = Callable[[Item], None]

Records = Iterator[tuple[int, list[str] | str]]
"""The line where a record starts with its cells, or with what is wrong with it."""


def read_rows(
    lines: Iterable[str], mapping: Mapping, currency: str | None, report: Report
) -> Iterator[StatementRow]:
    """Yield the rows of a table in the order of the file.

    Args:
        lines: text of the file with its line ends.
        mapping: how to read the columns.
        currency: of rows that do not say theirs, when the mapping has none.
        report: is called with errors and notes; they are few, so that rows need no looking at.
    """
    records = _records(lines, mapping)
    header = folded(mapping.header)
    if not header:
        _skip_rows(records, mapping.skip)
    elif not _skip_to(records, header):
        text = "The header that the mapping was made for is not in the file."
        report(RowError(1, FILE_FIELD, text))
        return
    if mapping.kind == "budget":
        _budget(records, mapping, report)
    else:
        yield from _rows(records, mapping, currency, report)


def _records(lines: Iterable[str], mapping: Mapping) -> Records:
    reader = csv.reader(
        lines,
        delimiter=mapping.delimiter,
        quotechar=mapping.quote or None,
        quoting=csv.QUOTE_MINIMAL if mapping.quote else csv.QUOTE_NONE,
    )
    line = 1
    while True:
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            yield line, f"The line cannot be cut into cells: {error}."
            line = reader.line_num + 1
        else:
            return


def _skip_rows(records: Records, count: int) -> None:
    left = count
    while left > 0 and (record := next(records, None)) is not None:
        left -= isinstance(record[1], list) and any(cell.strip() for cell in record[1])


def _skip_to(records: Records, header: tuple[str, ...]) -> bool:
    return any(
        isinstance(cells, list) and folded(cells) == header
        for _, cells in islice(records, _HEADER_WITHIN)
    )


def _budget(records: Records, mapping: Mapping, report: Report) -> None:
    for line, cells in records:
        if (
            isinstance(cells, list)
            and mapping.date < len(cells)
            and parse_month(cells[mapping.date])
        ):
            report(Note(line, "A line of a budget: a plan, not a movement.", counted=True))


def _rows(  # noqa: C901 -- One loop: calls for each row would double its cost.
    records: Records, mapping: Mapping, currency: str | None, report: Report
) -> Iterator[StatementRow]:
    cells_of = Cells(mapping, currency)
    texts, fields = compile_texts(mapping), compile_fields(mapping, cells_of)
    odd = OddRows(mapping, cells_of, texts, fields)
    quick = compile_quick(mapping, cells_of)
    usual: set[str] = set()
    date_of, plain_status, code = cells_of.dates.get, odd.plain_status, cells_of.code
    date_column, width, status, own_code = (
        mapping.date,
        mapping.width,
        mapping.status,
        mapping.currency,
    )
    new, row_type = tuple.__new__, StatementRow
    previous: StatementRow | None = None
    for line, cells in records:
        if len(cells) == width and cells.__class__ is list:
            day = date_of(cells[date_column])
            if (
                day is not None
                and (minor := quick(cells)) is not None
                and (own_code is None or cells[own_code] == code)
                and (status is None or cells[status] in plain_status)
            ):
                payee, memo = texts(cells, minor)
                if (payee in usual or _learn(payee, usual)) and len(memo) < FIELD_MAX:
                    if previous is not None:
                        yield previous
                    head = (line, day, minor, code, payee, memo)
                    previous = new(row_type, head + fields(cells))
                    odd.good = cells
                    continue
        item = odd.read(line, cells) if isinstance(cells, list) else RowError(line, "row", cells)
        if isinstance(item, StatementRow):
            if previous is not None:
                yield previous
            previous = item
        elif isinstance(item, str):
            if previous is not None:
                previous = previous._replace(memo=f"{previous.memo} {item}".strip()[:FIELD_MAX])
        elif item is not None:
            report(item)
    if previous is not None:
        yield previous


def _learn(payee: str, usual: set[str]) -> bool:
    """Tell whether a payee needs no care: it is there, short, and does not begin like a balance."""
    good = payee[:4].lower() not in BALANCE_BEGINNINGS and 0 < len(payee) < FIELD_MAX
    if good and len(usual) < _PAYEES_REMEMBERED and len(payee) < _PAYEE_SHORT:
        usual.add(payee)
    return good
