"""Which column of a table holds what, from the words of its header and from its cells.

It exists because neither is enough: headers come in a dozen languages or not at all, and cells
alone cannot tell a booking date from a value date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pfh.features.imports.formats import csv_words as words
from pfh.features.imports.formats import csv_words_cells as cell_words
from pfh.features.imports.formats.amounts import BLANK_CELLS, find_amount
from pfh.features.imports.formats.csv_dialect import is_amount, is_date, matches
from pfh.features.imports.formats.csv_mapping import known_currency, normal
from pfh.features.imports.formats.csv_signs import letters_of
from pfh.features.imports.formats.csv_texts import find_account, find_texts
from pfh.features.imports.formats.csv_view import Columns, View

_MOSTLY: Final = 0.6
_NEARLY_ALL: Final = 0.9
_HALF: Final = 0.5
_FEW: Final = 3
# Ranks from here on come from the words of a heading.
_NAMED_RANK: Final = 50
# A heading like "CAD$" is for amounts in that currency.
_CODE_RANK: Final = 90
_MONEY_WORDS: Final = words.AMOUNT + words.DEBIT + words.CREDIT + words.BALANCE


def find_columns(view: View) -> Columns:
    """Return the columns that were recognised; date and amount may be missing."""
    found = Columns()
    found.take("date", _date(view))
    _balance_and_amounts(view, found)
    found.take("currency", _currency(view, found))
    for name, group in (("status", words.STATUS), ("tags", words.TAGS)):
        found.take(name, _by_words(view, found, group))
    if found.status is not None and not view.share(found.status, _is_status):
        found.used.discard(found.status)
        found.status = None
    _investment(view, found)
    _category(view, found)
    _identifiers(view, found)
    find_texts(view, found)
    find_account(view, found)
    return found


def _is_status(cell: str) -> bool:
    folded = normal(cell)
    return (
        folded in cell_words.PENDING_CELLS
        or folded in cell_words.VOID_CELLS
        or folded
        in {"completed", "booked", "posted", "gebucht", "cleared", "settled", "executed", "paid"}
        or folded in cell_words.PLAIN_CELLS
    )


def _date(view: View) -> int | None:
    if view.is_budget:
        return view.header.index("month")
    usable = [
        column
        for column in range(view.width)
        if not view.rows
        or (view.share(column, is_date) >= _MOSTLY and view.filled(column) >= _MOSTLY)
    ]
    if not usable:
        return None
    best = max(usable, key=lambda column: (_date_rank(view.header[column]), -column))
    return best if view.rows or _date_rank(view.header[best]) > 1 else None


def _date_rank(header: str) -> int:
    ranks = (
        (words.DATE_OTHER, 5),
        (words.DATE_VALUE, 20),
        (words.DATE_BOOKED, 90),
        (words.DATE_MADE, 80),
    )
    if header in words.DATE_PLAIN:
        return 100
    for group, rank in ranks:
        if matches(header, group):
            return rank
    return 60 if matches(header, (*words.DATE_PLAIN, "-datum", "-date")) else 1


def _balance_and_amounts(view: View, found: Columns) -> None:
    numeric = [
        column
        for column in range(view.width)
        if column not in found.used
        and (not view.rows or _is_numeric(view, column) or not view.cells(column))
    ]
    balances = [c for c in numeric if matches(view.header[c], words.BALANCE)]
    filled = [c for c in balances if view.filled(c) > 0]
    found.take("balance", next(iter(filled or balances), None))
    found.used.update(balances)
    rest = [c for c in numeric if c not in balances]
    if view.is_budget:
        rest = [c for c in rest if matches(view.header[c], words.BUDGETED)]
    debit, credit = _sides(view, rest)
    sided = [c for c in rest if _is_one_sided(view.header[c])] if debit is not None else []
    ranks = {c: _amount_rank(view, c) for c in rest if c not in {debit, credit, *sided}}
    amount = max((c for c in ranks if ranks[c] > 0), key=lambda c: (ranks[c], -c), default=None)
    if debit is not None and credit is not None and _pair_wins(view, amount, debit, credit):
        found.take("debit", debit)
        found.take("credit", credit)
        return
    unnamed = amount is not None and any(view.header) and ranks[amount] < _NAMED_RANK
    if amount is not None and not (unnamed and (debit, credit) != (None, None)):
        found.is_guessed = unnamed or _has_counterpart(view, amount, ranks)
        found.take("amount", amount)
        found.take("indicator", _indicator(view, found))
    else:
        found.take("debit", debit)
        found.take("credit", credit)


def _has_counterpart(view: View, amount: int, ranks: dict[int, float]) -> bool:
    """Tell whether another column of amounts has money just where this one has none."""
    named = [c for c in ranks if c != amount and ranks[c] >= _NAMED_RANK]
    here = [_has_money(row[amount]) for row in view.rows]
    return any(
        all(mine != _has_money(row[c]) for mine, row in zip(here, view.rows, strict=True))
        for c in named
        if view.rows
    )


def _has_money(cell: str) -> bool:
    return bool(cell.strip()) and not _is_zero(cell)


def _is_numeric(view: View, column: int) -> bool:
    """Tell whether a column holds amounts, whatever stands in it for none."""
    cells = [cell for cell in view.cells(column) if cell.lower() not in BLANK_CELLS]
    header = view.header[column]
    # Under a heading for money a long number is no account: five million won.
    spoken = matches(header, _MONEY_WORDS) and not matches(header, words.NOT_AMOUNT)
    test = _is_number if spoken else is_amount
    return bool(cells) and sum(map(test, cells)) >= _MOSTLY * len(cells)


def _is_number(cell: str) -> bool:
    return find_amount(cell) is not None and not is_date(cell)


def _sides(view: View, columns: Sequence[int]) -> tuple[int | None, int | None]:
    """Return the columns of money out and of money in."""

    def side(group: tuple[str, ...], alone: frozenset[str], other: tuple[str, ...]) -> int | None:
        for column in columns:
            header = view.header[column]
            if header in alone:
                return column
            one_sided = matches(header, group) and not matches(header, other)
            if one_sided and not matches(header, words.NOT_AMOUNT):
                return column
        return None

    return (
        side(words.DEBIT, words.DEBIT_ALONE, words.CREDIT),
        side(words.CREDIT, words.CREDIT_ALONE, words.DEBIT),
    )


def _is_one_sided(header: str) -> bool:
    return matches(header, words.DEBIT) != matches(header, words.CREDIT)


def _pair_wins(view: View, amount: int | None, debit: int, credit: int) -> bool:
    """Two columns are taken when they hold what one column does not."""
    if amount is None:
        return True
    sided = [row for row in view.rows if row[debit].strip() or row[credit].strip()]
    same = sum(bool(row[amount].strip()) for row in sided)
    signed = any("-" in cell or "−" in cell for cell in view.cells(amount))
    return bool(sided) and (same < _NEARLY_ALL * len(sided) or not signed)


def _amount_rank(view: View, column: int) -> float:
    header, filled = view.header[column], view.filled(column)
    if filled and all(_is_zero(cell) for cell in view.cells(column)):
        # Whatever it is called: another column holds the money, when there is one.
        return 0.1
    if matches(header, words.AMOUNT_SURE):
        return 120 + filled
    if (view.rows and not filled) or matches(header, words.NOT_AMOUNT):
        return 0
    if matches(header, words.AMOUNT) and matches(header, words.AMOUNT_ACCOUNT):
        return 105 + filled
    named = next((rank for group, rank in _AMOUNT_RANKS if matches(header, group)), 0)
    if not named and known_currency(header):
        named = _CODE_RANK
    if named:
        money = sum(_has_money(row[column]) for row in view.rows) / max(len(view.rows), 1)
        seldom = len(view.rows) >= _FEW and money < _MOSTLY
        return (named / 2 if seldom else named) + money
    # Cells speak for a column without words, those with decimals or a sign loudest.
    cells = view.cells(column) or [" "]
    decimals = sum("." in cell or "," in cell for cell in cells) / len(cells)
    signed = any(cell[0] in "+-(−" for cell in cells)
    spoken = bool(filled) * (1 + decimals + signed + filled)
    return spoken / 10 if header else spoken


def _is_zero(cell: str) -> bool:
    found = find_amount(cell)
    return cell.strip().lower() in BLANK_CELLS or (
        found is not None and not found.digits.strip("0.,' ")
    )


_AMOUNT_RANKS: Final = (
    (words.AMOUNT_NET, 110),
    (words.AMOUNT, 100),
    (words.AMOUNT_WEAK, 60),
    (words.BUDGETED, 50),
)


def _indicator(view: View, found: Columns) -> int | None:
    known = (
        cell_words.DEBIT_CELLS
        | cell_words.CREDIT_CELLS
        | cell_words.NEUTRAL_CELLS
        | cell_words.UNDIRECTED_CELLS
    )
    best, best_share = None, 0.0
    for column in range(view.width):
        if column in found.used or not view.cells(column):
            continue
        cells = [normal(cell) or cell for cell in view.cells(column)]
        told = known if letters_of(cells) is None else set(cells)
        share = sum(cell in told or cell in {"+", "-"} for cell in cells) / len(cells)
        spoken = view.filled(column) >= _NEARLY_ALL or set(cells) <= cell_words.CREDIT_CELLS
        if set(cells) == {"-"} and not _is_minus(view, found, column):
            continue
        if share >= _NEARLY_ALL and spoken and share > best_share:
            best, best_share = column, share
    return best


def _is_minus(view: View, found: Columns, column: int) -> bool:
    """Tell whether a column of nothing but "-" means money out, for it mostly means no value."""
    if found.amount is None or abs(column - found.amount) > 1:
        return False
    amounts = [find_amount(cell) for cell in view.cells(found.amount)]
    return not any(amount.negative for amount in amounts if amount)


def _by_words(view: View, found: Columns, group: tuple[str, ...]) -> int | None:
    """Return the free column whose header is the earliest word of the group, else holds one."""
    free = [c for c in range(view.width) if c not in found.used and view.header[c]]
    exact = [(group.index(view.header[c]), c) for c in free if view.header[c] in group]
    if exact:
        return min(exact)[1]
    return next((c for c in free if matches(view.header[c], group)), None)


def _currency(view: View, found: Columns) -> int | None:
    after = found.amount if found.amount is not None else -1
    codes = [
        column
        for column in range(view.width)
        if column not in found.used
        and view.share(column, _is_code(view.header[column]))
        >= (_MOSTLY if matches(view.header[column], words.CURRENCY) else _NEARLY_ALL)
        and not matches(view.header[column], words.FOREIGN)
    ]
    named = [c for c in codes if matches(view.header[c], words.CURRENCY)] or codes
    # A balance may have a currency of its own: the one next to the amount counts.
    return min(named, key=lambda c: (c < after, abs(c - after)), default=None)


def _is_code(header: str) -> Callable[[str], object]:
    if matches(header, words.CURRENCY):
        return known_currency
    # Without a heading a word in small letters is hardly a currency.
    return lambda cell: cell.isupper() and known_currency(cell)


def _investment(view: View, found: Columns) -> None:
    quantity = _by_words(view, found, words.QUANTITY)
    price = _by_words(view, found, words.PRICE)
    security = _by_words(view, found, words.SECURITY)
    if quantity is None or (price is None and security is None):
        return
    found.take("quantity", quantity)
    found.take("unit_price", price)
    found.take("security", security)
    found.take("action", _by_words(view, found, words.ACTION))


def _category(view: View, found: Columns) -> None:
    free = [c for c in range(view.width) if c not in found.used]
    own = [c for c in free if matches(view.header[c], words.CATEGORY)]
    parents = [c for c in own if view.header[c] in words.CATEGORY_PARENT]
    plain = [c for c in own if c not in parents and view.header[c] not in words.CATEGORY_BOTH]
    chosen = tuple(parents[:1] + plain[:1])
    if not chosen and own:
        chosen = (own[0],)
    found.category = chosen
    found.used.update(own)


def _identifiers(view: View, found: Columns) -> None:
    for column in range(view.width):
        header = view.header[column]
        if column in found.used or header not in words.EXTERNAL_ID:
            continue
        cells = view.cells(column)
        # An id that is missing or repeated would merge movements that are different.
        if cells and len(set(cells)) == len(cells) == len(view.rows):
            found.take("external_id", column)
            break
    reference = next(
        (
            c
            for c in range(view.width)
            if c not in found.used
            and view.header[c] in words.REFERENCE
            # Some banks write words for the person under "reference".
            and view.cells(c)
            and view.share(c, lambda cell: " " in cell or cell.isalpha()) < _HALF
        ),
        None,
    )
    found.take("reference", reference)
