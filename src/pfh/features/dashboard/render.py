"""Figures as the JSON answers of the dashboard."""

from __future__ import annotations

from pfh.core.commodity import commodity
from pfh.core.money import format_minor
from pfh.features.dashboard.figures import CategoryFigure, Figures, Flow, month_before
from pfh.features.dashboard.schemas import (
    AccountBalance,
    CategoryShare,
    CategoryTotal,
    DashboardAnswer,
    DashboardCategories,
    DashboardSummary,
    DashboardTrends,
    DayView,
    MonthTrend,
    SummaryView,
)


def _money(amount_minor: int, code: str) -> str:
    return format_minor(amount_minor, commodity(code))


def percentage(part_minor: int, whole_minor: int) -> float:
    """Return the share in percent with two decimals, half away from zero; 0.0 of nothing.

    Example: 1234 of 10000 → 12.34.
    """
    if whole_minor <= 0:
        return 0.0
    hundredths = (abs(part_minor) * 20_000 + whole_minor) // (2 * whole_minor)
    return (hundredths if part_minor >= 0 else -hundredths) / 100


def _summary(flow: Flow, code: str) -> SummaryView:
    return SummaryView(
        _money(flow.income_minor, code),
        _money(flow.expenses_minor, code),
        _money(flow.net_minor, code),
        flow.count,
    )


def _spending(figures: Figures) -> list[CategoryFigure]:
    return [f for f in figures.categories if f.account_class == "expense" and f.amount_minor]


def dashboard(figures: Figures, household_seq: int) -> DashboardAnswer:
    """Return the answer of `GET /api/dashboard`."""
    code = figures.currency
    flow = figures.flow(figures.period)
    return DashboardAnswer(
        period=figures.period,
        currency=code,
        summary=_summary(flow, code),
        category_breakdown=[
            CategoryShare(
                str(item.category_id),
                item.name,
                _money(item.amount_minor, code),
                percentage(item.amount_minor, flow.expenses_minor),
            )
            for item in _spending(figures)
        ],
        daily_trends=[
            DayView(day.period, _money(day.income_minor, code), _money(day.expenses_minor, code))
            for day in figures.days
        ],
        accounts=[
            AccountBalance(
                str(item.account_id),
                item.name,
                _money(item.balance_minor, item.commodity),
                item.commodity,
            )
            for item in figures.accounts
            if not item.closed
        ],
        net_worth=_money(figures.net_worth[-1].net_minor, code),
        missing_rates=list(figures.missing_rates),
        household_seq=household_seq,
    )


def summary(figures: Figures, household_seq: int) -> DashboardSummary:
    """Return the answer of `GET /api/dashboard/summary`."""
    code = figures.currency
    before = month_before(figures.period)
    return DashboardSummary(
        period=figures.period,
        currency=code,
        summary=_summary(figures.flow(figures.period), code),
        previous=_summary(figures.flow(before), code),
        net_worth=_money(figures.net_worth[-1].net_minor, code),
        missing_rates=list(figures.missing_rates),
        household_seq=household_seq,
    )


def categories(figures: Figures, household_seq: int) -> DashboardCategories:
    """Return the answer of `GET /api/dashboard/categories`."""
    code = figures.currency
    flow = figures.flow(figures.period)
    whole = {"income": flow.income_minor, "expense": flow.expenses_minor}
    return DashboardCategories(
        period=figures.period,
        currency=code,
        items=[
            CategoryTotal(
                category_id=str(item.category_id),
                category=item.name,
                kind=item.account_class,
                parent_id=None if item.parent_id is None else str(item.parent_id),
                amount=_money(item.amount_minor, code),
                previous_amount=_money(item.previous_minor, code),
                percentage=percentage(item.amount_minor, whole[item.account_class]),
            )
            for item in figures.categories
        ],
        missing_rates=list(figures.missing_rates),
        household_seq=household_seq,
    )


def trends(figures: Figures, household_seq: int, *, months: int) -> DashboardTrends:
    """Return the answer of `GET /api/dashboard/trends`: up to `months` months."""
    code = figures.currency
    return DashboardTrends(
        period=figures.period,
        currency=code,
        items=[
            MonthTrend(
                period=worth.month,
                income=_money(figures.flow(worth.month).income_minor, code),
                expenses=_money(figures.flow(worth.month).expenses_minor, code),
                net=_money(figures.flow(worth.month).net_minor, code),
                net_worth=_money(worth.net_minor, code),
            )
            for worth in figures.net_worth[-months:]
        ],
        missing_rates=list(figures.missing_rates),
        household_seq=household_seq,
    )
