"""Lifelike contexts for every template, used by the gallery alone."""

from __future__ import annotations

import random

from pfh.entry.web.presentation import Viewer
from pfh.features.dashboard.views import (
    AccountBalance,
    CashFlowMonth,
    CategorySpending,
    DashboardView,
    FirstRunView,
    LatestTransaction,
    NetWorthMonth,
    ReviewItem,
)
from pfh.features.forms.api import FormView
from tests.browser.book_samples import BOOK_PAGES
from tests.browser.ledger_samples import LEDGER_PAGES
from tests.browser.operations_samples import OPERATIONS_PAGES
from tests.browser.sample_choices import CURRENCIES, GROUPS

VIEWER = Viewer(
    name="Ada Lovelace",
    email="ada@example.org",
    household="Lovelace family",
    base_currency="EUR",
    review_count=3,
    is_admin=True,
)
MONTHS = tuple(f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13))[:35]


_SPENDING = (
    CategorySpending(category_id=101, name="Rent", amount_minor=118_000, last_month_minor=118_000),
    CategorySpending(
        category_id=111, name="Groceries", amount_minor=64_218, last_month_minor=58_870
    ),
    CategorySpending(category_id=132, name="Travel", amount_minor=48_990, last_month_minor=9_900),
    CategorySpending(
        category_id=102, name="Utilities", amount_minor=21_034, last_month_minor=24_512
    ),
    CategorySpending(
        category_id=112, name="Restaurants", amount_minor=18_650, last_month_minor=31_240
    ),
    CategorySpending(category_id=120, name="Fuel", amount_minor=9_721, last_month_minor=8_830),
    CategorySpending(
        category_id=131, name="Subscriptions", amount_minor=5_397, last_month_minor=4_797
    ),
    CategorySpending(
        category_id=None, name="Everything else", amount_minor=22_310, last_month_minor=30_120
    ),
)
_LATEST = [
    ("2026-11-23", "Corner Bakery", "Coffee", "Visa", "expense", 480, "EUR"),
    ("2026-11-22", "Fresh & Co Supermarket", "Groceries", "Visa", "expense", 8_412, "EUR"),
    ("2026-11-21", "To Savings", "Transfer", "Everyday checking", "transfer", 40_000, "EUR"),
    ("2026-11-20", "Analytical Engines Ltd", "Salary", "Checking", "income", 421_500, "EUR"),
    ("2026-11-19", "Hotel Bellevue, New York", "Travel", "Dollar", "expense", 28_700, "USD"),
    ("2026-11-18", "City Transit", "Public transport", "Checking", "expense", 4_900, "EUR"),
    ("2026-11-17", "Streamly", "Subscriptions", "Visa", "expense", 1_399, "EUR"),
    ("2026-11-16", "Shoe Palace", "Refund: Clothing", "Visa", "income", 7_995, "EUR"),
]
_BALANCES = [
    ("Everyday checking", GROUPS[0], 421_837, "EUR"),
    ("Savings", GROUPS[0], 2_150_000, "EUR"),
    ("Dollar account", GROUPS[0], 184_220, "USD"),
    ("Visa", GROUPS[1], -61_290, "EUR"),
    ("Mortgage", GROUPS[1], -80_920_000, "EUR"),
    ("Broker", GROUPS[2], 4_431_005, "EUR"),
]


_REVIEWS = (
    ReviewItem(
        icon="tag",
        text="12 transactions have no category",
        action="Categorise",
        url="/transactions?uncategorised=1",
    ),
    ReviewItem(
        icon="clock",
        text="3 transactions are still pending",
        action="Look",
        url="/transactions?status=pending",
    ),
)


def _history() -> tuple[list[NetWorthMonth], list[CashFlowMonth]]:
    dice = random.Random(7)
    assets, debts = 4_812_300, 1_894_200
    worth: list[NetWorthMonth] = []
    flow: list[CashFlowMonth] = []
    for month in MONTHS:
        received = 412_000 + dice.randrange(-12_000, 90_000) * (dice.random() < 0.3)
        spent = 318_000 + dice.randrange(-60_000, 110_000)
        assets += received - spent + 41_000
        debts -= 31_000
        worth.append(NetWorthMonth(month=month, assets_minor=assets, debts_minor=debts))
        flow.append(CashFlowMonth(month=month, received_minor=received, spent_minor=spent))
    return worth, flow


def dashboard() -> DashboardView:
    """A family with a mortgage, a salary and a habit of coffee."""
    worth, flow = _history()
    return DashboardView(
        currency="EUR",
        period="2026-11",
        previous_period="2026-10",
        periods=tuple(reversed(MONTHS)),
        net_worth=worth,
        cash_flow=flow[-12:],
        received_minor=429_495,
        spent_minor=308_320,
        last_received_minor=421_500,
        last_spent_minor=331_900,
        transaction_count=87,
        spending=_SPENDING,
        latest=[
            LatestTransaction(
                entry_id=900 + index,
                date=date,
                payee=payee,
                category=category,
                account=account,
                kind=kind,
                amount_minor=amount,
                currency=currency,
            )
            for index, (date, payee, category, account, kind, amount, currency) in enumerate(
                _LATEST
            )
        ],
        reviews=_REVIEWS,
        accounts=[
            AccountBalance(
                account_id=11 + index,
                name=name,
                group=group,
                balance_minor=minor,
                currency=currency,
            )
            for index, (name, group, minor, currency) in enumerate(_BALANCES)
        ],
        missing_rates=("USD",),
    )


PAGES: dict[str, tuple[str, dict[str, object]]] = {
    "signin": ("identity/signin.html", {"form": FormView(), "can_sign_up": True}),
    "signin-wrong": (
        "identity/signin.html",
        {
            "form": FormView(
                values={"email": "ada@example.org"},
                problem="The email or the password is wrong. Try again.",
            ),
            "can_sign_up": True,
        },
    ),
    "signup": (
        "identity/signup.html",
        {
            "form": FormView(
                values={"firstName": "Ada", "email": "ada"},
                errors={"email": "“ada” is not an email address. Write one like ada@example.org."},
            ),
            "currencies": CURRENCIES,
        },
    ),
    "forgot-password": (
        "identity/forgot_password.html",
        {"form": FormView(), "is_asked": False, "delivers": True},
    ),
    "forgot-password-asked": (
        "identity/forgot_password.html",
        {"form": FormView(), "is_asked": True, "delivers": False},
    ),
    "reset-password": ("identity/reset_password.html", {"form": FormView()}),
    "verify-email": ("identity/verify_email.html", {"form": FormView(), "is_verified": False}),
    "verify-email-done": ("identity/verify_email.html", {"form": FormView(), "is_verified": True}),
    "dashboard": ("dashboard/page.html", {"view": dashboard()}),
    "first-run": ("dashboard/first_run.html", {"view": FirstRunView(account_count=0)}),
    **LEDGER_PAGES,
    **OPERATIONS_PAGES,
    **BOOK_PAGES,
}
