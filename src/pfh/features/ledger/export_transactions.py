"""Transactions as CSV (RFC 4180), for spreadsheets: streamed, and without a cell that computes.

A cell that begins like a formula gets an apostrophe before it, since spreadsheets run what a payee
was called (OWASP, CSV injection); plain numbers stay numbers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from io import StringIO
from typing import Final

from pfh.features.ledger.list_filter import ListFilter
from pfh.features.ledger.list_transactions import page_without_totals
from pfh.features.ledger.schemas import TransactionView
from pfh.ports.actor import Actor
from pfh.ports.services import Services

PAGE_ROWS: Final = 500
CSV_MEDIA: Final = "text/csv; charset=utf-8; header=present"
CSV_HEADERS: Final = {"Content-Disposition": 'attachment; filename="transactions.csv"'}
HEADER: Final = (
    *("date", "type", "status", "account", "payee", "description", "category", "amount"),
    *("currency", "transferAccount", "transferAmount", "transferCurrency", "memo", "tags", "notes"),
    "id",
)
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_FORMULA: Final = frozenset("=+-@\t\r")


async def export_transactions(
    services: Services, actor: Actor, wanted: ListFilter
) -> AsyncIterator[bytes]:
    """Return the pieces of the file, latest transaction first; the first page is read already.

    Each page is a snapshot of its own: what is added meanwhile may be left out, nothing is told
    twice.

    Raises:
        AccountNotFound, CategoryNotFound, PayeeNotFound, FilteredImportNotFound, before any piece.
    """
    wanted = replace(wanted, limit=PAGE_ROWS)
    first = await page_without_totals(services, actor, wanted)
    return _pieces(services, actor, wanted, first)


async def _pieces(
    services: Services, actor: Actor, wanted: ListFilter, page: list[TransactionView]
) -> AsyncIterator[bytes]:
    yield _lines([HEADER])
    while page:
        yield _lines(row for view in page for row in rows_of(view))
        if len(page) < PAGE_ROWS:
            return
        last = page[-1]
        wanted = replace(wanted, before=(last.transaction_date, int(last.id)))
        page = await page_without_totals(services, actor, wanted)


def rows_of(view: TransactionView) -> Iterator[tuple[str, ...]]:
    """Yield a row for each split, one for a transfer; what leaves the account is negative.

    Example: groceries 10.00 and wine 5.00 in one expense → two rows, -10.00 and -5.00.
    """
    sign = "" if view.transaction_type in {"income", "opening"} else "-"
    shares = [(one.category_name, one.amount, one.memo or "") for one in view.splits]
    for category, amount, memo in shares or [("", view.amount, "")]:
        cells = (
            view.transaction_date,
            view.transaction_type,
            view.status,
            view.account_name,
            view.payee or "",
            view.description,
            category,
            f"{sign}{amount}",
            view.currency,
            view.transfer_account_name or "",
            view.transfer_amount or "",
            view.transfer_currency or "",
            memo,
            ", ".join(view.tags),
            view.notes or "",
            view.id,
        )
        yield tuple(harmless(cell) for cell in cells)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    Example: `=1+1` → `'=1+1`; `-5.00` → `-5.00`; `-5 EUR` → `'-5 EUR`.
    """
    if cell[:1] in _FORMULA and _NUMBER.fullmatch(cell) is None:
        return f"'{cell}"
    return cell


def _lines(rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
