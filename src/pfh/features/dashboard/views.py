"""What the dashboard page shows; docs/reference/pages.md tells where each part appears.

Amounts are minor units of `DashboardView.currency` unless a field of its own says otherwise, and
have ordinary signs: received and spent are positive, net worth is negative when debts are larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NetWorthMonth:
    """Net worth at the end of a month (of the last one: now): assets − debts."""

    month: str  # YYYY-MM
    assets_minor: int
    debts_minor: int  # what is owed, positive

    @property
    def net_minor(self) -> int:
        """Assets minus debts."""
        return self.assets_minor - self.debts_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFlowMonth:
    """What came in and went out in a month; transfers count as neither."""

    month: str  # YYYY-MM
    received_minor: int
    spent_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CategorySpending:
    """Spending of the period in one category (at most 8 of them, then one `Everything else`).

    `category_id` is None for the rest of them; negative amounts are refunds that outweigh spending.
    """

    category_id: int | None
    name: str
    amount_minor: int
    last_month_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestTransaction:
    """One of the 8 latest; `amount_minor` is positive, `kind` gives its direction."""

    entry_id: int
    date: str
    payee: str  # the payee, else the description, else the category
    category: str
    account: str
    kind: str  # income | expense | transfer | opening
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """Something that waits for the person, with one button.

    Attributes:
        icon: of the sprite: `tag`, `clock`, `file-up`, `globe`, `triangle-alert`.
        text: one sentence: `12 transactions have no category`.
        action: label of the button: `Categorise`.
        url: where it leads.
    """

    icon: str
    text: str
    action: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """One open account; what is owed on a card or loan is negative, in the account's currency."""

    account_id: int
    name: str
    group: str  # Cash and bank | Cards and loans | Investments | Property and other
    balance_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardView:
    """The whole page.

    Attributes:
        currency: the household's base currency; all totals are in it.
        period: the month shown, YYYY-MM: the asked one, else the last with data.
        previous_period: the month before, None when there is nothing earlier.
        next_period: the month after, None at the last one.
        periods: every month that can be chosen, newest first.
        net_worth: by month up to today, oldest first; at least one, at most 120.
        cash_flow: the 12 months that end with `period`, oldest first.
        received_minor: of the period; the `last_` fields are of the month before.
        spending: largest first.
        latest: newest first.
        accounts: in the order of their groups.
        transaction_count: of the period.
        missing_rates: codes of currencies that could not be converted and are left out of totals.
    """

    currency: str
    period: str
    previous_period: str | None = None
    next_period: str | None = None
    periods: Sequence[str] = ()
    net_worth: Sequence[NetWorthMonth]
    cash_flow: Sequence[CashFlowMonth]
    received_minor: int
    spent_minor: int
    last_received_minor: int
    last_spent_minor: int
    transaction_count: int
    spending: Sequence[CategorySpending]
    latest: Sequence[LatestTransaction]
    reviews: Sequence[ReviewItem] = ()
    accounts: Sequence[AccountBalance] = ()
    missing_rates: Sequence[str] = field(default=())

    @property
    def kept_minor(self) -> int:
        """Received minus spent; negative when more was spent."""
        return self.received_minor - self.spent_minor

    @property
    def last_kept_minor(self) -> int:
        """The same of the month before."""
        return self.last_received_minor - self.last_spent_minor

    @property
    def net_worth_minor(self) -> int:
        """Net worth now."""
        return self.net_worth[-1].net_minor

    @property
    def net_worth_change_minor(self) -> int:
        """Net worth now minus that at the end of the month before; 0 with one month alone."""
        before = self.net_worth[-2:][0]
        return self.net_worth[-1].net_minor - before.net_minor

    @property
    def spending_scale_minor(self) -> int:
        """The largest figure of the spending bars, at least 1."""
        both = [max(item.amount_minor, item.last_month_minor) for item in self.spending]
        return max([1, *both])

    def net_worth_chart(self, digits: int) -> dict[str, Any]:
        """Return the data of the net worth chart; `digits` are the currency's decimals."""
        return {
            "currency": self.currency,
            "digits": digits,
            "labels": [point.month for point in self.net_worth],
            "scale": True,
            "series": [
                {
                    "name": "Net worth",
                    "tone": 1,
                    "shape": "area",
                    "values": [point.net_minor for point in self.net_worth],
                }
            ],
        }

    def cash_flow_chart(self, digits: int) -> dict[str, Any]:
        """Return the data of the cash flow chart: spending points down, dots are what is kept."""
        months = self.cash_flow
        kept = [month.received_minor - month.spent_minor for month in months]
        return {
            "currency": self.currency,
            "digits": digits,
            "labels": [month.month for month in months],
            "stacked": True,
            "series": [
                {
                    "name": "Received",
                    "tone": 1,
                    "shape": "bar",
                    "values": [month.received_minor for month in months],
                },
                {
                    "name": "Spent",
                    "tone": 2,
                    "shape": "bar",
                    "values": [-month.spent_minor for month in months],
                },
                {"name": "Kept", "tone": "ink", "shape": "dots", "values": kept},
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRunView:
    """The dashboard of a household without any transaction."""

    account_count: int
