"""How a table is most likely meant: a mapping, how sure it is, and what the person should check.

It exists so that a file of an unknown bank is read without a question when nothing is unclear, and
with a precise question when something is.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from pfh.core.commodity import commodity
from pfh.features.imports.formats import csv_words as words
from pfh.features.imports.formats.amounts import find_amount
from pfh.features.imports.formats.csv_chain import fee_column
from pfh.features.imports.formats.csv_columns import find_columns
from pfh.features.imports.formats.csv_dialect import (
    Table,
    cut,
    find_header,
    matches,
    read_table,
    split_lines,
)
from pfh.features.imports.formats.csv_mapping import (
    Mapping,
    TableKind,
    known_currency,
    mapping_fingerprint,
    normal,
)
from pfh.features.imports.formats.csv_signs import (
    NO_SIGN,
    decimal_of,
    order_of,
    prove_columns,
    sides_of,
    sign_of,
)
from pfh.features.imports.formats.csv_view import Columns, View, view_of
from pfh.features.imports.formats.errors import MappingUnfit, TableUnclear

SAMPLE_ROWS: Final = 10
CONFIRM_BELOW: Final = 0.7
"""A guess that is less sure is not booked before a person has seen it."""
# Columns that a mapping takes over as they were found.
_COPIED: Final = (
    *("amount", "debit", "credit", "payer", "payee", "memo", "category", "account", "currency"),
    *("external_id", "reference", "balance", "status", "tags"),
    *("action", "security", "quantity", "unit_price"),
)
_HEADER_WITHIN: Final = 200
_CODE: Final = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
# Codes that are hardly ever words: they are believed anywhere before the table.
_FREQUENT: Final = frozenset(
    {
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "HUF",
        "INR",
        "JPY",
        "MXN",
        "NOK",
        "NZD",
        "PLN",
        "RON",
        "SEK",
        "SGD",
        "TRY",
        "USD",
        "ZAR",
    }
)
_IN_BRACKETS: Final = re.compile(r"[(\[]([A-Z]{3})[)\]]")
_PESOS: Final = frozenset({"MXN", "CLP", "COP", "ARS", "UYU", "BRL", "DOP", "CUP", "PHP"})
_WHOLE: Final = re.compile(r"[+-]?\d{1,9}")
_CENTS: Final = re.compile(r"\d{2}-?")
_IN_CENTS: Final = re.compile(r"[+-]?[1-9]\d{2,8}")
_WHOLE_ROWS_MIN: Final = 3
# Currencies in which a month without any cents is strange.
_WITH_CENTS: Final = frozenset({"EUR", "USD", "GBP", "CHF", "AUD", "CAD", "NZD"})
_EURO: Final = re.compile(r"\beuro(?:s|a|ina)?\b", re.IGNORECASE)
_SIGNED: Final = re.compile(r"[€£₹₽₺₴₪₩₫฿₱元円원]|zł|Kč|R\$")


@dataclass(frozen=True, slots=True)
class Guess:
    """How a table is read.

    Attributes:
        mapping: what to read the file with.
        confidence: 0 to 1; below 0.7 a person should confirm the mapping before it is used.
        header: names of the columns as written; empty texts when there is no header.
        sample: the first 10 rows with a date and an amount, as cells.
        fingerprint: names the shape of the table, to remember the mapping by.
        warnings: sentences to show.
        are_dates_open: nothing in the file tells which number of a date is the day.
    """

    mapping: Mapping
    confidence: float
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    fingerprint: str
    warnings: tuple[str, ...] = ()
    are_dates_open: bool = False


def guess(sample: bytes | str, *, whole: bool = False, currency: str | None = None) -> Guess:
    """Guess from the first bytes or characters of a file; see `guess_text`."""
    if isinstance(sample, bytes):
        from pfh.features.imports.formats.encoding import detect_encoding  # noqa: PLC0415

        encoding = detect_encoding(sample, whole=whole)
        sample = sample.decode(encoding.name, errors=encoding.errors)
    return guess_text(sample.lstrip("\ufeff"), whole=whole, currency=currency)


def guess_text(text: str, *, whole: bool, currency: str | None = None) -> Guess:
    """Return the likely mapping of a table.

    Args:
        text: the first characters of a file, at best 256 KiB.
        whole: they are all of it.
        currency: of the account that the file belongs to; settles what the file leaves open.

    Raises:
        TableUnclear: there is no column of dates, or none of amounts.
    """
    table = read_table(text, whole=whole)
    view = view_of(table)
    found = find_columns(view)
    amounts = {found.amount, found.debit, found.credit} - {None}
    traded = found.quantity is not None and found.unit_price is not None
    if found.date is None or not (amounts or traded):
        raise _unclear(view, found)
    _refuse_cut_amounts(table, found)
    if found.currency is not None and _has_own_currency(table, found):
        found.currency = None
    return _assembled(table, view, found, currency)


def _unclear(view: View, found: Columns) -> TableUnclear:
    what = "dates" if found.date is None else "amounts"
    names = ", ".join(cell for cell in view.header if cell)[:200]
    return TableUnclear(
        f"No column of {what} was found" + (f" among: {names}." if names else " in the file."),
        field="file",
        fix="Choose the columns yourself, or export the statement as OFX.",
    )


def _refuse_cut_amounts(table: Table, found: Columns) -> None:
    """Refuse a table whose decimal commas are taken for the commas between its columns.

    Example: under "Date,Text,Amount" the row "05/03/2024,Bakery,-12,50" has four cells.
    """
    if table.delimiter != "," or table.header is None:
        return
    width = len(table.records[table.header].cells)
    wide = [table.records[at] for at in table.data if len(table.records[at].cells) > width]
    columns = [c for c in (found.amount, found.debit, found.credit) if c is not None]
    split = [
        record
        for record in wide
        if any(
            _WHOLE.fullmatch(record.cells[c].strip()) and _CENTS.fullmatch(record.cells[c + 1])
            for c in columns
        )
    ]
    if len(split) * 2 > len(wide):
        raise TableUnclear(
            f"The amounts of line {split[0].line} and others are cut in two: they have a comma"
            " before the decimals, and commas stand between the columns, too.",
            field="file",
            fix="Export the file with semicolons or with quotes, or as OFX.",
        )


def _assembled(table: Table, view: View, found: Columns, currency: str | None) -> Guess:
    numbers = (found.amount, found.debit, found.credit, found.balance)
    decimal = decimal_of(view, numbers, table.delimiter, _exponent(table, view, found, currency))
    prove_columns(view, found, decimal)
    code, sure = _currency_of(table, view, found)
    order, order_warning, order_sure = order_of(view, _date(found), filter(None, [code, currency]))
    sign, debit_words, sign_warning = sign_of(view, found, decimal)
    sides, sides_warning = sides_of(view, found, decimal)
    sign_warning = sign_warning or sides_warning
    kind: TableKind = (
        "budget" if view.is_budget else "investment" if found.quantity is not None else "bank"
    )
    header = () if table.header is None else tuple(table.records[table.header].cells)
    mapping = Mapping(
        delimiter=table.delimiter,
        quote=table.quote,
        header=header,
        skip=table.data[0] if not header and table.data else 0,
        width=view.width,
        date=_date(found),
        date_order=order,
        decimal=decimal,
        fee=_fee(view, found) or fee_column(view, found, decimal, sides),
        indicator=_indicator(found) if sign.startswith("indicator") else None,
        debit_words=debit_words,
        sign=sign,
        sides=sides,
        commodity=code if sure or not _may_be(currency, code) else None,
        kind=kind,
        **{name: getattr(found, name) for name in _COPIED},
    )
    warnings = [warning for warning in (order_warning, sign_warning) if warning]
    warnings.extend(_doubts(view, found, currency=code or currency))
    if kind == "budget":
        warnings.append("This is a budget: it holds plans and no movements. Export the register.")
    if not view.rows:
        warnings.append("The file has a header and no movements.")
    sign_sure = 0.6 if sign_warning in NO_SIGN else 0.7 if sign_warning else 1.0
    confidence = order_sure * sign_sure * (1.0 if header else 0.8)
    confidence *= 0.6 if found.is_guessed else 1.0
    return Guess(
        mapping,
        round(confidence, 2),
        tuple(cell.strip() for cell in header) or ("",) * view.width,
        tuple(tuple(row) for row in view.rows[:SAMPLE_ROWS]),
        mapping_fingerprint(table.delimiter, header, view.width),
        tuple(warnings),
        order_sure < CONFIRM_BELOW,
    )


def _doubts(view: View, found: Columns, *, currency: str | None) -> list[str]:
    """Return what a person should look at beside the order of dates and the direction."""
    doubts = []
    if found.is_guessed and found.amount is not None:
        name = view.header[found.amount] or f"column {found.amount + 1}"
        doubts.append(f"No heading names the amount: “{name}” was taken for it. Check this.")
    columns = [c for c in (found.amount, found.debit, found.credit) if c is not None]
    cells = [cell for c in columns for cell in view.cells(c)]
    whole = len(cells) >= _WHOLE_ROWS_MIN and all(_IN_CENTS.fullmatch(cell) for cell in cells)
    if whole and currency in _WITH_CENTS:
        doubts.append("No amount has decimals: check that they are not cents.")
    return doubts


def _exponent(table: Table, view: View, found: Columns, currency: str | None) -> int:
    code, sure = _currency_of(table, view, found)
    chosen = code if sure else currency or code
    return commodity(chosen).exponent if chosen else 2


def _may_be(currency: str | None, code: str | None) -> bool:
    """Tell whether the account's currency is believed over a guess: a bare "$" is no euro."""
    if currency is None or code is None:
        return currency is not None
    return code != "USD" or currency.endswith("D") or currency in _PESOS


def _indicator(found: Columns) -> int | None:
    return found.indicator if found.indicator is not None else found.action


def _date(found: Columns) -> int:
    return found.date or 0


def _fee(view: View, found: Columns) -> int | None:
    """Return the fee column of the exports whose amount does not hold the fee (Revolut)."""
    fees = [known[-1] for known in words.FEE_BESIDE if set(known) <= set(view.header)]
    return view.header.index(fees[0]) if fees and found.amount is not None else None


def _has_own_currency(table: Table, found: Columns) -> bool:
    """Tell whether the heading of the amount names its currency: "Sum in card currency (UAH)".

    A column of currencies beside it is then that of the shop.
    """
    cells = [] if table.header is None else table.records[table.header].cells
    columns = [c for c in (found.amount, found.debit, found.credit) if c is not None]
    headings = [cells[c] for c in columns if c < len(cells)]
    named = [code for heading in headings for code in _IN_BRACKETS.findall(heading)]
    return any(map(known_currency, named)) or any(map(_EURO.search, headings))


def _currency_of(table: Table, view: View, found: Columns) -> tuple[str | None, bool]:
    """Return the currency of the file and whether the amounts themselves say it."""
    columns = [c for c in (found.amount, found.debit, found.credit) if c is not None]
    if found.currency is not None:
        codes = Counter(known_currency(cell) for cell in view.cells(found.currency))
        code = codes.most_common(1)[0][0] if codes else None
        if code:
            return code, True
    in_cells = Counter(
        amount.currency
        for column in columns
        for cell in view.cells(column)
        if (amount := find_amount(cell)) is not None and amount.currency
    )
    if in_cells:
        return in_cells.most_common(1)[0][0], True
    if table.header is not None:
        cells = table.records[table.header].cells
        for column in columns:
            named = _named(cells[column]) if column < len(cells) else None
            if named:
                return named, True
    return _of_preamble(table, view, columns), False


def _named(text: str) -> str | None:
    for code in _CODE.findall(text):
        if known_currency(code):
            return known_currency(code)
    if _EURO.search(text):
        return "EUR"
    signed = _SIGNED.search(text)
    amount = find_amount(f"1 {signed[0]}") if signed else None
    return amount.currency if amount else None


def _of_preamble(table: Table, view: View, columns: list[int]) -> str | None:
    """Return a code alone in a cell before the header, or one behind a word for currency."""
    start = table.header if table.header is not None else table.data[0] if table.data else 0
    for record in table.records[:start]:
        for cell in record.cells:
            bare = cell.strip(" :.")
            if len(bare) == 3 and bare.isupper() and known_currency(bare):  # noqa: PLR2004
                return known_currency(bare)
        text = " ".join(record.cells)
        if matches(normal(text), (*words.CURRENCY, "betrag in", "amount in", "montant en")):
            code = _named(text)
            if code:
                return code
    spoken = " ".join(" ".join(record.cells) for record in table.records[:start])
    for code in _CODE.findall(spoken):
        if code in _FREQUENT:
            return str(code)
    if _EURO.search(spoken):
        return "EUR"
    eastern = re.search("[元円원]", spoken)
    if eastern:
        return _named(eastern[0])
    dollars = any("$" in cell for column in columns for cell in view.cells(column))
    return "USD" if dollars else None


def refit(text: str, mapping: Mapping, *, whole: bool) -> Guess:
    """Return a confirmed mapping as a guess for another file, after checking that it fits.

    Raises:
        MappingUnfit: the header that the mapping was made for is not in the file.
    """
    lines = split_lines(text)
    if not whole and len(lines) > 1:
        del lines[-1]
    records = list(cut(lines[:2_000], mapping.delimiter, mapping.quote))
    wanted = folded(mapping.header)
    if wanted and not any(folded(r.cells) == wanted for r in records[:_HEADER_WITHIN]):
        at = find_header(records)
        other = ", ".join(records[at].cells)[:200] if at is not None else "none"
        raise MappingUnfit(
            f"The mapping is for another table: the header of this file is {other}.",
            field="mapping.header",
            fix="Confirm the columns of this file.",
        )
    rows = [tuple(r.cells) for r in records if len(r.cells) > mapping.date]
    return Guess(
        mapping,
        1.0,
        mapping.header or ("",) * mapping.width,
        tuple(rows[-SAMPLE_ROWS:]),
        mapping_fingerprint(mapping.delimiter, mapping.header, mapping.width),
    )


def folded(cells: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Return the header as it is compared: folded, without empty cells at its end."""
    plain = [normal(cell) for cell in cells]
    while plain and not plain[-1]:
        plain.pop()
    return tuple(plain)
