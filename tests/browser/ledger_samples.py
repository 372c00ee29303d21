"""Lifelike contexts for the transaction pages."""

from __future__ import annotations

import random
from collections.abc import Mapping

from pfh.core.commodity import commodity
from pfh.core.money import format_minor
from pfh.features.forms.api import FormView
from pfh.features.ledger.page_views import (
    FilterChip,
    PayeeSuggestion,
    TransactionChoices,
    TransactionForm,
    TransactionRows,
    TransactionsPage,
    TrashPage,
)
from pfh.features.ledger.schemas import (
    SplitView,
    TotalsView,
    TotalView,
    TransactionView,
    TrashView,
)
from tests.browser.sample_choices import ACCOUNTS, CATEGORIES

_PAYEES = (
    ("Fresh & Co Supermarket", "Groceries", "expense", 8_412),
    ("Corner Bakery", "Coffee", "expense", 480),
    ("City Transit", "Public transport", "expense", 4_900),
    ("Streamly", "Subscriptions", "expense", 1_399),
    ("Analytical Engines Ltd", "Salary", "income", 421_500),
    ("Green Energy plc", "Utilities", "expense", 9_870),
    ("Trattoria da Luigi with a rather long name that must not break the row", "Restaurants",
     "expense", 5_640),
    ("", "", "transfer", 40_000),
)  # fmt: skip


def _fields(index: int, dice: random.Random) -> dict[str, object]:
    payee, category, kind, size = dice.choice(_PAYEES)
    amount = format_minor(size + dice.randrange(0, 900), commodity("EUR"))
    month, day = 11 - index // 22, 28 - (index % 22)
    is_split = index == 3
    halves = [
        SplitView("50.00", "111", "Groceries", None),
        SplitView("34.12", "140", "Health", None),
    ]
    single = [SplitView(amount, "111", category, None)]
    return {
        "id": str(9_000_000_000_000 + index),
        "transaction_date": f"2026-{month:02}-{day:02}",
        "transaction_type": "expense" if is_split else kind,
        "description": f"CARD {1000 + index} {payee.upper()[:18]}",
        "amount": "84.12" if is_split else amount,
        "currency": "EUR",
        "account_id": "11",
        "account_name": "Everyday checking" if index % 3 else "Visa",
        "category_id": None if is_split else "111",
        "category_name": None if is_split or kind == "transfer" else category,
        "transfer_account_id": "12" if kind == "transfer" else None,
        "transfer_account_name": "Savings" if kind == "transfer" and not is_split else None,
        "transfer_amount": amount if kind == "transfer" else None,
        "transfer_currency": "EUR" if kind == "transfer" else None,
        "splits": halves if is_split else [] if kind == "transfer" else single,
        "payee": payee or None,
        "payee_id": "5" if payee else None,
        "notes": "Shared with Charles" if index % 9 == 4 else None,
        "tags": ["holiday"] if index % 11 == 2 else [],
        "status": "pending" if index < 2 else "cleared",
        "import_id": None,
        "version": 1,
        "created_at": "2026-11-23T10:00:00Z",
    }


_DICE = random.Random(3)
ROWS = [TransactionView(**_fields(index, _DICE)) for index in range(50)]  # type: ignore[arg-type]
CHOICES = TransactionChoices(
    accounts=ACCOUNTS,
    categories=CATEGORIES,
    tags=("holiday", "shared"),
    today="2026-11-23",
    account_id="11",
)
TOTALS = TotalsView(1_284, [TotalView("EUR", "51480.00", "37310.42", "14169.58", "4800.00")])
EDITED: Mapping[str, str] = {
    "transactionType": "expense",
    "amount": "84.12",
    "payee": "Fresh & Co Supermarket",
    "accountId": "11",
    "transactionDate": "2026-11-25",
    "splits.0.amount": "50.00",
    "splits.0.categoryId": "111",
    "splits.1.amount": "30.00",
    "splits.1.categoryId": "140",
    "version": "3",
}


def _page(**changes: object) -> TransactionsPage:
    values: dict[str, object] = {
        "list": TransactionRows(rows=ROWS, next_cursor="2026-09-07.9000000000049"),
        "totals": TOTALS,
        "choices": CHOICES,
        "quick_add": TransactionForm(form=FormView(), choices=CHOICES, place="inline"),
        **changes,
    }
    return TransactionsPage(**values)  # type: ignore[arg-type]


_EDIT = TransactionForm(
    form=FormView(
        values=EDITED, errors={"splits.1.amount": "The parts are 4.12 short of the amount."}
    ),
    choices=CHOICES,
    entry_id=ROWS[3].id,
    place="row",
    split_count=2,
)
_NEW = TransactionForm(form=FormView(), choices=CHOICES)
_QUERY = {"q": "zzz", "from": "2026-11-01"}
_CHIPS = (
    FilterChip(label="“zzz”", query_without="from=2026-11-01"),
    FilterChip(label="from 2026-11-01", query_without="q=zzz"),
)
_TRASH = [
    TrashView(**_fields(index, _DICE), deleted_at="2026-11-22T08:00:00Z")  # type: ignore[arg-type]
    for index in range(4)
]

LEDGER_PAGES: dict[str, tuple[str, dict[str, object]]] = {
    "transactions": ("ledger/page.html", {"page": _page()}),
    "transactions-none": (
        "ledger/page.html",
        {
            "page": _page(
                list=TransactionRows(rows=[], query=_QUERY), totals=TotalsView(0, []), chips=_CHIPS
            )
        },
    ),
    "transactions-empty": (
        "ledger/page.html",
        {
            "page": _page(
                list=TransactionRows(rows=[]), totals=TotalsView(0, []), is_book_empty=True
            )
        },
    ),
    "transactions/new": ("ledger/new.html", {"tx": _NEW}),
    f"transactions/{ROWS[3].id}/edit": ("ledger/edit_row.html", {"tx": _EDIT}),
    f"transactions/{ROWS[3].id}": ("ledger/row.html", {"row": ROWS[3], "can_write": True}),
    "transactions/rows": (
        "ledger/rows.html",
        {"list": TransactionRows(rows=ROWS, cursor="2026-09-07.1")},
    ),
    "transactions/payees": (
        "ledger/payees.html",
        {
            "suggestions": [
                PayeeSuggestion(name="Fresh & Co Supermarket", category_id="111", account_id="14"),
                PayeeSuggestion(
                    name="Analytical Engines Ltd",
                    category_id="200",
                    transaction_type="income",
                    account_id="11",
                ),
            ]
        },
    ),
    "trash": ("ledger/trash.html", {"page": TrashPage(rows=_TRASH)}),
    "trash-empty": ("ledger/trash.html", {"page": TrashPage(rows=[])}),
}
