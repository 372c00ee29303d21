"""JSON of the dashboard; money as decimal strings in `currency` unless a field names its own."""

from __future__ import annotations

import msgspec


class SummaryView(msgspec.Struct, frozen=True, rename="camel"):
    """Totals of the month; transfers count as neither income nor expense."""

    total_income: str
    total_expenses: str
    net_income: str
    transaction_count: int


class CategoryShare(msgspec.Struct, frozen=True, rename="camel"):
    """Spending in one category; `percentage` is of all spending, two decimals."""

    category_id: str
    category: str
    amount: str
    percentage: float


class DayView(msgspec.Struct, frozen=True, rename="camel"):
    """Money in and out on one day."""

    date: str
    income: str
    expenses: str


class AccountBalance(msgspec.Struct, frozen=True, rename="camel"):
    """An account at the end of the month, in its own currency; debts are negative."""

    id: str
    name: str
    balance: str
    currency: str


class DashboardAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A month at a glance, as known at `householdSeq`.

    `missingRates` names the currencies that had no exchange rate and are left out of the totals.
    """

    period: str
    currency: str
    summary: SummaryView
    category_breakdown: list[CategoryShare]
    daily_trends: list[DayView]
    accounts: list[AccountBalance]
    net_worth: str
    missing_rates: list[str]
    household_seq: int


class DashboardSummary(msgspec.Struct, frozen=True, rename="camel"):
    """The totals of the month beside those of the month before."""

    period: str
    currency: str
    summary: SummaryView
    previous: SummaryView
    net_worth: str
    missing_rates: list[str]
    household_seq: int


class CategoryTotal(msgspec.Struct, frozen=True, rename="camel"):
    """One category in the month and in the month before, in its own sense (both positive)."""

    category_id: str
    category: str
    kind: str
    parent_id: str | None
    amount: str
    previous_amount: str
    percentage: float


class DashboardCategories(msgspec.Struct, frozen=True, rename="camel"):
    """Every category that moved, largest first."""

    period: str
    currency: str
    items: list[CategoryTotal]
    missing_rates: list[str]
    household_seq: int


class MonthTrend(msgspec.Struct, frozen=True, rename="camel"):
    """One month: money in and out, and net worth at its end."""

    period: str
    income: str
    expenses: str
    net: str
    net_worth: str


class DashboardTrends(msgspec.Struct, frozen=True, rename="camel"):
    """The months that end with `period`, oldest first."""

    period: str
    currency: str
    items: list[MonthTrend]
    missing_rates: list[str]
    household_seq: int
