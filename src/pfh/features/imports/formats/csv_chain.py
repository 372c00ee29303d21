"""Whether the running balance of a table moves by its amounts, and which way.

It exists because the balance proves what headings only say: which column is the amount, and
whether a number without a sign came in or went out.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from pfh.features.imports.formats import csv_words as words
from pfh.features.imports.formats.amounts import find_amount, plain, sided
from pfh.features.imports.formats.csv_mapping import SideSigns
from pfh.features.imports.formats.csv_view import Columns, View


def value_of(cell: str, decimal: str) -> Decimal | None:
    """Return the signed number of a cell, or None."""
    found = find_amount(cell.strip())
    if found is None:
        return None
    try:
        number = Decimal(plain(found.digits, decimal))
    except InvalidOperation:
        return None
    return -number if found.negative else number


def chain(values: Sequence[Decimal | None], balances: Sequence[Decimal | None]) -> float:
    """Return the share of steps between balances that are the amount of a row, in either order."""
    rows = [
        (v, b) for v, b in zip(values, balances, strict=True) if v is not None and b is not None
    ]
    if len(rows) < 2:  # noqa: PLR2004 -- A step needs two rows.
        return 0.0
    down = sum(later[1] - earlier[1] == later[0] for earlier, later in pairwise(rows))
    up = sum(earlier[1] - later[1] == earlier[0] for earlier, later in pairwise(rows))
    return max(down, up) / (len(rows) - 1)


def moves_both_ways(values: Sequence[Decimal | None], balances: Sequence[Decimal | None]) -> bool:
    """Tell whether numbers without a sign made the balance grow in one row and fall in another."""
    rows = [(v, b) for v, b in zip(values, balances, strict=True) if v and b is not None]
    if any(value < 0 for value, _ in rows):
        return False
    down = [(later[1] - earlier[1], later[0]) for earlier, later in pairwise(rows)]
    up = [(earlier[1] - later[1], earlier[0]) for earlier, later in pairwise(rows)]
    steps = max(down, up, key=lambda found: sum(abs(step) == value for step, value in found))
    return {True, False} <= {step > 0 for step, value in steps if abs(step) == value}


def fee_column(view: View, found: Columns, decimal: str, sides: SideSigns) -> int | None:
    """Return the fees beside columns of money out and in, when the balance holds them (Capitec)."""
    if found.balance is None or found.amount is not None:
        return None

    def numbers(column: int | None) -> list[Decimal]:
        cells = (None if column is None else value_of(row[column], decimal) for row in view.rows)
        return [cell or Decimal(0) for cell in cells]

    balances = [value_of(row[found.balance], decimal) for row in view.rows]
    both = zip(numbers(found.debit), numbers(found.credit), strict=True)
    net = [sided(out, -1, sides) if out else sided(inward, 1, sides) for out, inward in both]
    alone = chain(net, balances)
    for column, header in enumerate(view.header):
        if header in words.FEE and column not in found.used:
            whole = [n - abs(fee) for n, fee in zip(net, numbers(column), strict=True)]
            if chain(whole, balances) > max(alone, 0.6):
                return column
    return None
