"""Which columns of a table say who and what: payee, memo and the account itself.

It exists because texts cannot be told apart by their cells alone: the words of the header decide.
"""

from __future__ import annotations

import re
from typing import Final

from pfh.features.imports.formats import csv_words as words
from pfh.features.imports.formats import csv_words_cells as cell_words
from pfh.features.imports.formats.csv_dialect import is_amount, is_date, matches
from pfh.features.imports.formats.csv_view import Columns, View

_NEARLY_ALL: Final = 0.9
_HALF: Final = 0.5
# Three letters in a row, not in the middle of an account number.
_WORD: Final = re.compile(r"(?<![\w])[^\W\d_]{3,}(?!\d)")
_FEW: Final = 3


def find_texts(view: View, found: Columns) -> None:
    """Set payee and memo."""
    free = [c for c in range(view.width) if c not in found.used and _may_be_text(view, c)]
    if not any(view.header):
        written = [c for c in free if view.share(c, _is_words) >= _HALF]
        # "BP" and "O2" are names, too, where nothing longer is there.
        short = [c for c in free if view.share(c, str.isidentifier) >= _HALF]
        _nameless_texts(view, found, written or short)
        return
    sides = _two_sides(view, free)
    if sides:
        found.take("payer", sides[0])
        payees = [sides[1]]
    else:
        payees = _payees(view, free)
    described = [c for c in free if c not in payees and _describes(view.header[c])]
    plain = [c for c in described if not matches(view.header[c], words.MEMO + words.REFERENCE)]
    plain.sort(
        key=lambda c: (
            view.filled(c) == 0,
            # What never changes describes the account and not the movement.
            len(view.rows) >= _FEW and len(set(view.cells(c))) == 1,
            _description_rank(view.header[c]),
        )
    )
    worded = [c for c in described if view.share(c, _has_letter) >= _HALF]
    found.payee = (*payees[:2], *plain[:1]) or tuple((worded or described)[:1])
    if not found.payee and free:
        found.payee = (max(free, key=lambda c: sum(map(len, view.cells(c)))),)
    found.memo = tuple(c for c in described if c != found.payee[0]) if found.payee else ()
    found.used.update(found.payee, found.memo)


def _payees(view: View, free: list[int]) -> list[int]:
    ranked = sorted(
        (words.PAYEE.index(best), c)
        for c in free
        if (best := _first_word(view.header[c], words.PAYEE)) is not None
    )
    if any(_names_other_side(view.header[c]) for _, c in ranked):
        # Beside a column that names the other side, a plain "name" is the account's owner.
        ranked = [(rank, c) for rank, c in ranked if view.header[c] not in words.PLAIN_NAMES]
    filled = [c for _, c in ranked if view.filled(c) > 0 or not view.rows]
    # A column of account numbers names nobody; one that never changes names the owner.
    named = [c for c in filled if view.share(c, _is_words) >= _HALF]
    # Short names are names, too; numbers are not.
    named = named or [c for c in filled if view.share(c, _has_letter) >= _HALF]
    changing = [c for c in named if len(set(view.cells(c))) > 1 or len(view.rows) < _FEW]
    return changing + [c for c in named if c not in changing]


def _names_other_side(header: str) -> bool:
    return matches(header, words.OTHER_SIDE) and matches(header, words.PLAIN_NAMES)


def _two_sides(view: View, free: list[int]) -> tuple[int, int] | None:
    """Return the columns of payer and recipient, when both name people and neither means both."""
    people = [c for c in free if view.filled(c) > 0 and view.share(c, _is_words) >= _HALF]
    payers = [c for c in people if matches(view.header[c], words.PAYER)]
    recipients = [c for c in people if matches(view.header[c], words.RECIPIENT)]
    both = set(payers) & set(recipients)
    payers = [c for c in payers if c not in both]
    recipients = [c for c in recipients if c not in both]
    return (payers[0], recipients[0]) if payers and recipients else None


def _nameless_texts(view: View, found: Columns, free: list[int]) -> None:
    """Take the first column whose texts differ from row to row as the payee, others as the memo."""
    directions = cell_words.DEBIT_CELLS | cell_words.CREDIT_CELLS | {"check", "cheque"}
    telling = [
        c
        for c in free
        if len(set(view.cells(c))) >= _HALF * len(view.rows)
        and view.share(c, lambda cell: cell.lower() in directions) < _HALF
    ]
    by_length = sorted(free, key=lambda c: -sum(map(len, view.cells(c))))
    found.payee = tuple(telling[:1] or by_length[:1])
    found.memo = tuple(c for c in free if c not in found.payee)[:4]
    found.used.update(found.payee, found.memo)


def _has_letter(cell: str) -> bool:
    return any(map(str.isalpha, cell))


def _is_words(cell: str) -> bool:
    return _WORD.search(cell) is not None


def _may_be_text(view: View, column: int) -> bool:
    if view.share(column, lambda cell: is_date(cell) or is_amount(cell)) >= _NEARLY_ALL:
        return False
    header = view.header[column]
    return not matches(header, words.NOT_TEXT) or header in words.PAYEE + words.DESCRIPTION


def _first_word(header: str, group: tuple[str, ...]) -> str | None:
    return next((word for word in group if matches(header, (word,))), None)


def _description_rank(header: str) -> int:
    word = _first_word(header, words.DESCRIPTION)
    return words.DESCRIPTION.index(word) if word is not None else len(words.DESCRIPTION)


def _describes(header: str) -> bool:
    return matches(header, words.DESCRIPTION) or header.startswith(("vwz", "omschrijving"))


def find_account(view: View, found: Columns) -> None:
    """Set the column that names the account of a row."""
    before = min(found.payee, default=view.width)
    for column in range(view.width):
        header = view.header[column]
        if column in found.used or view.filled(column) < _NEARLY_ALL:
            continue
        # An account number behind the payee is the payee's.
        if header in words.ACCOUNT or (header in words.ACCOUNT_NUMBER and column < before):
            found.take("account", column)
            return
