"""What a trade did to the cash of its account, when the file gives quantity and price alone.

It exists because several brokers leave the amount out and it can be told exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pfh.features.imports.formats import csv_words as words
from pfh.features.imports.formats.csv_chain import value_of
from pfh.features.imports.formats.csv_dialect import matches
from pfh.features.imports.formats.csv_mapping import Mapping, normal


def trade_value(mapping: Mapping, cells: Sequence[str]) -> Decimal | None:
    """Return quantity times price, negative for a purchase; None when a part is missing.

    A split or a transfer of securities moves no money: 0.

    Without a column for the action a negative quantity is a sale.

    Example: Buy, 10, 200.00 → -2000.00; Sell, 1.5, 10.00 → 15.000.
    """
    action = normal(cells[mapping.action]) if mapping.action is not None else ""
    if mapping.kind == "investment" and matches(action, words.NON_CASH):
        return Decimal(0)
    if mapping.quantity is None or mapping.unit_price is None:
        return None
    quantity = value_of(cells[mapping.quantity], mapping.decimal)
    price = value_of(cells[mapping.unit_price], mapping.decimal)
    if not quantity or price is None:
        return None
    if matches(action, words.BUY):
        return -abs(quantity * price)
    if matches(action, words.SELL):
        return abs(quantity * price)
    return None if action else -quantity * price
