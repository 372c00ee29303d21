"""How the numbers of a table are read: decimals, the order of dates, the direction of amounts.

It exists because a wrong guess here is worse than none: money in becomes money out. Where the
running balance is in the file it proves the direction; where nothing tells, the person is warned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, Literal

from pfh.features.imports.formats import csv_words as words
from pfh.features.imports.formats import csv_words_cells as cell_words
from pfh.features.imports.formats.amounts import Amount, find_amount, sided
from pfh.features.imports.formats.csv_chain import chain, moves_both_ways, value_of
from pfh.features.imports.formats.csv_dialect import matches
from pfh.features.imports.formats.csv_mapping import AmountSign, DateOrder, SideSigns, normal
from pfh.features.imports.formats.csv_view import Columns, View
from pfh.features.imports.formats.csv_words_east import LETTER_PAIRS
from pfh.features.imports.formats.dates import parse_date

_ORDERS: Final[tuple[DateOrder, ...]] = ("ymd", "dmy", "mdy")
_SIDES: Final[tuple[SideSigns, ...]] = ("plain", "signed", "absolute")
_PROVED: Final = 0.6
_MONTH_FIRST_MONEY: Final = frozenset({"USD"})
_THREE: Final = 3
# Exponents of currencies in which nobody writes three decimals.
_WHOLE: Final = frozenset({0, 2})
# Among fewer rows a month with more income than purchases is nothing strange.
_MANY: Final = 8
_PAIR: Final = 2
NO_SIGN: Final = (
    "No amount has a sign, and the balance goes both ways: check this.",
    "The amounts have no sign: check which are money out.",
)
"""Warnings about amounts of which some are surely read the wrong way, or may be."""


def decimal_of(
    view: View, columns: Sequence[int | None], delimiter: str, exponent: int
) -> Literal[".", ","]:
    """Return the sign before decimals: the amounts tell, else other numbers, else the delimiter.

    `exponent` is that of the currency: three digits behind a sign are decimals in dinars, and
    thousands in euros or yen.
    """
    own = [column for column in columns if column is not None]
    others = [column for column in range(view.width) if column not in own]
    for group in (own, others):
        votes = {".": 0, ",": 0}
        for column in group:
            for cell in view.cells(column):
                _vote(cell, votes)
        if votes["."] != votes[","]:
            return "." if votes["."] > votes[","] else ","
    seen = [found.digits for c in own for cell in view.cells(c) if (found := find_amount(cell))]
    signs = {digits[-4:-3] for digits in seen}
    points = {",", "."} & signs
    if len(points) == 1 and (exponent in _WHOLE or (exponent == _THREE and len(signs) == 1)):
        # What stands before three digits divides thousands, but decimals where there are three.
        return "," if ("," in points) == (exponent == _THREE) else "."
    return "," if delimiter == ";" else "."


def _vote(cell: str, votes: dict[str, int]) -> None:
    found = find_amount(cell)
    if found is None:
        return
    digits = found.digits.replace(" ", "").replace("'", "")
    point, comma = digits.rfind("."), digits.rfind(",")
    last = max(point, comma)
    if last < 0:
        return
    both = point >= 0 and comma >= 0
    behind = len(digits) - last - 1
    repeated = digits.count(digits[last]) > 1
    if repeated and not both:
        votes["," if digits[last] == "." else "."] += 1
    elif both or behind != _THREE or digits[0] == "0" or last > _THREE:
        # More than three digits in front are not divided: what follows are decimals.
        votes[digits[last]] += 1


def order_of(
    view: View, column: int, currencies: Iterable[str]
) -> tuple[DateOrder, str | None, float]:
    """Return the order of dates, a warning when it was a guess, and how sure it is (0 to 1).

    Only orders that read the most cells are left. Then: programs known to write the month first;
    dots mean the day first; the order in which the rows run evenly or span less time; the currency.
    """
    currencies = set(currencies)
    texts = list(dict.fromkeys(view.cells(column)))
    if all(text[:4].isdecimal() for text in texts):
        return "ymd", None, 1.0
    read = {order: [parse_date(text, order) for text in texts] for order in _ORDERS}
    left = _orders_left(read)
    usual = _likely(view, texts, read, left, currencies)
    if all(text.count(".") >= 2 for text in texts) and usual == "dmy":  # noqa: PLR2004
        # Nobody writes the month first with dots.
        return usual, None, 1.0
    if len(left) == 1 or len({tuple(read[order]) for order in left}) == 1:
        return (usual if usual in left else left[0]), None, 1.0
    if usual == "mdy" and any(known <= frozenset(view.header) for known in words.MONTH_FIRST):
        return usual, None, 0.95
    settled = not currencies & _MONTH_FIRST_MONEY and "ymd" not in left
    if usual == "dmy" and settled and any(matches(c, words.DAY_FIRST) for c in view.header):
        return usual, None, 0.9
    shown = {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day"}[usual]
    return usual, f"Dates like “{texts[0]}” were read as {shown}: check this.", 0.6


def _orders_left(read: dict[DateOrder, list[str | None]]) -> list[DateOrder]:
    best = max(sum(day is not None for day in days) for days in read.values())
    left = [order for order in _ORDERS if sum(day is not None for day in read[order]) == best]
    others = [read[order] for order in left if order != "ymd"]
    if "ymd" in left and others:
        # With four digits in the last number the year is plainly there.
        plain_year = read["ymd"] == read["dmy"] and "dmy" in left
        if plain_year or not _two_digit_year_first(read["ymd"], others):
            left.remove("ymd")
    return left


def _two_digit_year_first(
    first: Sequence[str | None], others: Sequence[Sequence[str | None]]
) -> bool:
    """A year of two digits in front is only believed when it makes the rows span far less time."""
    return all(_span(first) * 4 < _span(other) for other in others)


def _likely(
    view: View,
    texts: list[str],
    read: dict[DateOrder, list[str | None]],
    left: list[DateOrder],
    currencies: set[str],
) -> DateOrder:
    if len(left) == 1 or left[0] == "ymd":
        return left[0]
    known = any(layout <= frozenset(view.header) for layout in words.MONTH_FIRST)
    if known or all("." in text for text in texts):
        return "mdy" if known else "dmy"
    # Rows that run evenly in one order and jump in the other were written in the first.
    even: list[DateOrder] = [order for order in left if _is_sorted(read[order])]
    if len(even) == 1:
        return even[0]
    month_first, day_first = _span(read["mdy"]), _span(read["dmy"])
    if month_first * 3 < day_first or day_first * 3 < month_first:
        return "mdy" if month_first < day_first else "dmy"
    if currencies:
        return "mdy" if currencies & _MONTH_FIRST_MONEY else "dmy"
    english = any(matches(cell, ("date", "amount", "payee", "inflow")) for cell in view.header)
    return "mdy" if english and any("/" in text for text in texts) else "dmy"


def _is_sorted(days: Sequence[str | None]) -> bool:
    known = [day for day in days if day]
    return known == sorted(known) or known == sorted(known, reverse=True)


def _span(days: Sequence[str | None]) -> int:
    known = [day for day in days if day]
    if not known:
        return 0
    first, last = min(known), max(known)
    return (
        (int(last[:4]) - int(first[:4])) * 372
        + (int(last[5:7]) - int(first[5:7])) * 31
        + (int(last[8:]) - int(first[8:]))
    )


def prove_columns(view: View, found: Columns, decimal: str) -> None:
    """Let the running balance say which of several nameless columns is the amount (in place)."""
    if found.amount is None or (any(view.header) and not found.is_guessed):
        return
    numbers = {c: [value_of(row[c], decimal) for row in view.rows] for c in range(view.width)}
    # Sequence numbers run evenly, too: only columns with decimals or signs are money.
    numeric = [c for c in numbers if any(_is_money(cell) for cell in view.cells(c))]
    free = [c for c in numeric if c in {found.amount, found.balance} or c not in found.used]
    best = 0.0
    chosen: tuple[int | None, int | None, int | None, int] | None = None
    for balance in free:
        for amount in free:
            if amount != balance:
                share = chain(numbers[amount], numbers[balance])
                if share > best:
                    best, chosen = share, (amount, None, None, balance)
        for debit, credit in _sides(free, numbers, balance):
            values = [_sided(d, c) for d, c in zip(numbers[debit], numbers[credit], strict=True)]
            share = chain(values, numbers[balance])
            if share > best:
                best, chosen = share, (None, debit, credit, balance)
    if chosen is not None and best >= _PROVED:
        found.used.discard(found.amount)
        found.is_guessed = False
        found.amount, found.debit, found.credit, found.balance = chosen
        found.used.update(c for c in chosen if c is not None)
        found.indicator = None


def _is_money(cell: str) -> bool:
    found = find_amount(cell)
    return found is not None and (found.negative or "." in found.digits or "," in found.digits)


def _sides(
    free: Sequence[int], numbers: dict[int, list[Decimal | None]], balance: int
) -> list[tuple[int, int]]:
    return [
        (debit, credit)
        for debit in free
        for credit in free
        if debit != credit
        and balance not in {debit, credit}
        and all(bool(d) != bool(c) for d, c in zip(numbers[debit], numbers[credit], strict=True))
    ]


def _sided(debit: Decimal | None, credit: Decimal | None) -> Decimal | None:
    return -abs(debit) if debit else credit


def sides_of(view: View, found: Columns, decimal: str) -> tuple[SideSigns, str | None]:
    """Return what a minus in the columns of money out and in means, a warning when nothing tells.

    The running balance proves it; else the sign that most cells of a column have is the usual one
    and the other takes back: a refund among purchases.
    """
    if found.amount is not None:
        return "absolute", None
    cells = [[_number(row, c, decimal) for row in view.rows] for c in (found.debit, found.credit)]
    if not any(number < 0 for column in cells for number in column if number):
        return "plain", None
    if found.balance is not None:
        balances = [value_of(row[found.balance], decimal) for row in view.rows]
        shares = {sides: chain(_net(cells, sides), balances) for sides in _SIDES}
        best = max(_SIDES, key=lambda sides: shares[sides])
        if shares[best] >= _PROVED and list(shares.values()).count(shares[best]) == 1:
            return best, None
    out, inward = (sum((n > 0) - (n < 0) for n in column if n) for column in cells)
    if not out and any(cells[0]):
        return "plain", "The column of money out holds both signs: check the direction."
    # A minus everywhere in money in says no more than the column does.
    return ("absolute" if inward < 0 else "signed" if out < 0 else "plain"), None


def _number(row: Sequence[str], column: int | None, decimal: str) -> Decimal | None:
    return None if column is None else value_of(row[column], decimal)


def _net(cells: Sequence[Sequence[Decimal | None]], sides: SideSigns) -> list[Decimal | None]:
    out, inward = cells
    return [
        sided(d, -1, sides) if d else sided(c, 1, sides) if c else d if c is None else c
        for d, c in zip(out, inward, strict=True)
    ]


def sign_of(
    view: View, found: Columns, decimal: str
) -> tuple[AmountSign, tuple[str, ...], str | None]:
    """Return how the direction is known, the words of money out, a warning when nothing tells."""
    if found.amount is None:
        return "asIs", (), None
    amounts = [find_amount(row[found.amount].strip()) for row in view.rows]
    known = [amount for amount in amounts if amount is not None]
    if found.indicator is not None:
        return _by_indicator(view, found.indicator, amounts)
    if found.action is not None:
        bought = _bought_unsigned(view, found.action, amounts)
        if bought:
            return "indicator", bought, None
    proved = _by_balance(view, found, decimal)
    if proved is not None:
        return proved
    if any(a.marked_credit for a in known) and not any(a.negative for a in known):
        unsigned = any(not a.marked_credit for a in known)
        return ("plusIsCredit" if unsigned else "asIs"), (), None
    return _by_header(view, found, known)


def _by_balance(
    view: View, found: Columns, decimal: str
) -> tuple[AmountSign, tuple[str, ...], str | None] | None:
    if found.balance is None:
        return None
    values = [value_of(row[found.amount or 0], decimal) for row in view.rows]
    balances = [value_of(row[found.balance], decimal) for row in view.rows]
    if moves_both_ways(values, balances):
        return "asIs", (), NO_SIGN[0]
    turned = [None if value is None else -value for value in values]
    straight, other = chain(values, balances), chain(turned, balances)
    if max(straight, other) < _PROVED or straight == other:
        return None
    # One step proves one row: of numbers without a sign others may go the other way.
    little = len(values) <= _PAIR and not any(value < 0 for value in values if value)
    return ("asIs" if straight > other else "inverted"), (), NO_SIGN[1] if little else None


def _bought_unsigned(view: View, column: int, amounts: list[Amount | None]) -> tuple[str, ...]:
    """Return a broker's words for a purchase when it writes what they cost without a minus."""
    seen = {
        normal(row[column]): amount.negative
        for row, amount in zip(view.rows, amounts, strict=True)
        if amount is not None and matches(normal(row[column]), words.BUY)
    }
    return () if any(seen.values()) else tuple(sorted(seen))


def _by_header(
    view: View, found: Columns, known: list[Amount]
) -> tuple[AmountSign, tuple[str, ...], str | None]:
    header = frozenset(view.header) - {""}
    if _receives_payments(view, found):
        return "inverted", (), "Positive amounts were read as money out: check this."
    for layout in words.CARD_INVERTED:
        if layout <= header if len(layout) > 4 else layout == header:  # noqa: PLR2004
            return "inverted", (), "Positive amounts were read as money out: check this."
    positive = sum(not amount.negative for amount in known)
    hinted = "card" in header or any(matches(cell, words.CARD_HINTS) for cell in header)
    if hinted and known and positive > 0.7 * len(known):
        return "inverted", (), "Positive amounts were read as money out: check this."
    if len(known) > 1 and not hinted:
        if positive == len(known):
            return "asIs", (), "All amounts are positive: they were read as money in. Check this."
        if len(known) > 3 and positive > 0.7 * len(known):  # noqa: PLR2004
            return _mostly_positive(view, found, warns=len(known) >= _MANY)
    return "asIs", (), None


def _receives_payments(view: View, found: Columns) -> bool:
    """Tell a card: what it received is written with a minus, and what it spent without."""
    signs: dict[bool, list[bool]] = {True: [], False: []}
    for row in view.rows:
        amount = find_amount(row[found.amount or 0].strip())
        if amount is not None:
            paid = any(matches(normal(cell), words.CARD_RECEIVED) for cell in row)
            signs[paid].append(amount.negative)
    return bool(signs[True]) and all(signs[True]) and not all(signs[False])


def _mostly_positive(
    view: View, found: Columns, *, warns: bool
) -> tuple[AmountSign, tuple[str, ...], str | None]:
    """Tell a card by what it calls the payment of its bill; else only warn."""
    taken = [row for row in view.rows if (cell := find_amount(row[found.amount or 0])) and cell[0]]
    paid = [row for row in taken if any(matches(normal(c), words.CARD_PAYMENTS) for c in row)]
    if len(paid) * 2 > len(taken):
        return "inverted", (), "Positive amounts were read as money out: check this."
    text = "Most amounts are positive: they were read as money in. Check this."
    return "asIs", (), text if warns else None


def letters_of(cells: Iterable[str]) -> tuple[str, str] | None:
    """Return the letters for money out and in, when a column holds both and nothing else."""
    held = set(cells)
    return next((pair for pair in LETTER_PAIRS if held == set(pair)), None)


def _by_indicator(
    view: View, column: int, amounts: list[Amount | None]
) -> tuple[AmountSign, tuple[str, ...], str | None]:
    said: dict[bool, list[bool]] = {True: [], False: []}
    debit_words = set()
    letters = letters_of(normal(cell) for cell in view.cells(column))
    for row, amount in zip(view.rows, amounts, strict=True):
        cell = row[column].strip()
        word = normal(cell) or cell
        if word in cell_words.UNDIRECTED_CELLS:
            continue
        is_debit = word == letters[0] if letters else word in cell_words.DEBIT_CELLS or word == "-"
        # When only credits are marked, what is not marked is money out.
        unmarked = not word
        if is_debit or unmarked:
            debit_words.add(word)
        if amount is not None:
            said[is_debit or unmarked].append(amount.negative)
    out, inward = said[True], said[False]
    if sum(out) * 2 > len(out) or (not out and any(inward)):
        return "asIs", (), None
    if out and inward and not any(out) and all(inward) and debit_words <= {"charge", "payment"}:
        # A shop's books: what it charged came in, and what it gave back went out.
        return "asIs", (), None
    meaning = tuple(sorted(debit_words))
    uniform = len(set(out)) <= 1 and len(set(inward)) <= 1
    return ("indicatorAbsolute" if uniform else "indicator"), meaning, None
