"""Reading the dashboard's page: figures, the latest transactions and what waits for the person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pfh.core.commodity import commodity
from pfh.core.money import read_formatted
from pfh.core.period import parse_month
from pfh.features.accounts import api as accounts
from pfh.features.dashboard.figures import CategoryFigure, Figures, month_before
from pfh.features.dashboard.page_store import Waiting, read_waiting
from pfh.features.dashboard.read_dashboard import Asked, read_figures
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
from pfh.features.ledger import api as ledger
from pfh.features.ledger.api import TransactionView
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

LATEST_ROWS: Final = 8
CASH_FLOW_MONTHS: Final = 12
NET_WORTH_MONTHS: Final = 120
SPENDING_ROWS: Final = 8
_LAST_ENTRY: Final = 2**63 - 1


async def read_dashboard_page(
    services: Services, actor: Actor, period: str | None
) -> DashboardView | FirstRunView:
    """Return the page of a month, of the last one with data without a period.

    It shows every write that was committed before it was asked for.

    Raises:
        PeriodInvalid, PeriodOutOfRange.
    """

    async def unit(connection: Connection) -> tuple[Waiting, int]:
        tree = await accounts.all_accounts(connection, actor.household_id)
        waiting = await read_waiting(connection, actor.household_id)
        return waiting, sum(record.is_real for record in tree)

    waiting, account_count = await services.database.read(unit)
    if not waiting.has_entries:
        return FirstRunView(account_count=account_count)
    figures = await read_figures(services, actor, Asked(period, waiting.household_seq))
    # A later page, namely the one after the end of the month: only the first is summed up.
    end = (parse_month(figures.period).last, _LAST_ENTRY)
    wanted = ledger.ListFilter(before=end, limit=LATEST_ROWS)
    latest = await ledger.list_transactions(services, actor, wanted)
    return view_of(figures, latest.items, reviews_of(waiting))


async def count_reviews(services: Services, actor: Actor) -> int:
    """Return how many things wait for the person, for the number at the dashboard's link."""

    async def unit(connection: Connection) -> Waiting:
        return await read_waiting(connection, actor.household_id)

    return len(reviews_of(await services.database.read(unit)))


def view_of(
    figures: Figures, latest: Sequence[TransactionView], reviews: Sequence[ReviewItem]
) -> DashboardView:
    """Return what the page shows of a month's figures."""
    period = figures.period
    previous = month_before(period)
    now, before = figures.flow(period), figures.flow(previous)
    months = _every_month(figures)
    place = months.index(period)
    worth = [
        NetWorthMonth(month=one.month, assets_minor=one.assets_minor, debts_minor=one.debts_minor)
        for one in figures.net_worth[-NET_WORTH_MONTHS:]
    ]
    return DashboardView(
        currency=figures.currency,
        period=period,
        previous_period=months[place + 1] if place + 1 < len(months) else None,
        next_period=months[place - 1] if place else None,
        periods=months,
        net_worth=worth,
        cash_flow=_cash_flow(figures),
        received_minor=now.income_minor,
        spent_minor=now.expenses_minor,
        last_received_minor=before.income_minor,
        last_spent_minor=before.expenses_minor,
        transaction_count=now.count,
        spending=spending_of(figures.categories),
        latest=[_latest(view) for view in latest],
        reviews=reviews,
        accounts=_balances(figures),
        missing_rates=figures.missing_rates,
    )


def spending_of(categories: Sequence[CategoryFigure]) -> list[CategorySpending]:
    """Return the largest categories of spending and the rest as one.

    A category without spending in either month is no row; eight rows at most, the rest included.
    """
    spent = [
        one
        for one in categories
        if one.account_class == "expense" and (one.amount_minor or one.previous_minor)
    ]
    shown = spent if len(spent) <= SPENDING_ROWS else spent[: SPENDING_ROWS - 1]
    rows = [
        CategorySpending(
            category_id=one.category_id,
            name=one.name,
            amount_minor=one.amount_minor,
            last_month_minor=one.previous_minor,
        )
        for one in shown
    ]
    rest = spent[len(shown) :]
    if rest:
        rows.append(
            CategorySpending(
                category_id=None,
                name="Everything else",
                amount_minor=sum(one.amount_minor for one in rest),
                last_month_minor=sum(one.previous_minor for one in rest),
            )
        )
    return rows


def reviews_of(waiting: Waiting) -> tuple[ReviewItem, ...]:
    """Return what waits for the person, the most useful first.

    Rates that are missing are said above the figures that lack them, and are no item: the number at
    the dashboard's link is read on every page, where no figures are.
    """
    found = []
    if waiting.import_count:
        files = "An import waits" if waiting.import_count == 1 else "Imports wait"
        found.append(
            ReviewItem(
                icon="file-up",
                text=f"{files} to be looked at",
                action="Look",
                url=f"/import/{waiting.import_id}",
            )
        )
    for category_id, is_income, count in waiting.uncategorised:
        noun = ("receipt" if is_income else "expense") + ("" if count == 1 else "s")
        verb = "has" if count == 1 else "have"
        found.append(
            ReviewItem(
                icon="tag",
                text=f"{count:,} {noun} {verb} no category",
                action="Categorise",
                url=f"/transactions?categoryId={category_id}",
            )
        )
    if waiting.pending_count:
        is_one = waiting.pending_count == 1
        found.append(
            ReviewItem(
                icon="clock",
                text=f"{waiting.pending_count} transaction{' is' if is_one else 's are'} pending",
                action="Look",
                url="/transactions?status=pending",
            )
        )
    return tuple(found)


def _every_month(figures: Figures) -> list[str]:
    """Return the months that can be chosen, newest first and without a gap."""
    first = min([*figures.months, figures.period])
    months = [max([*figures.months, figures.period])]
    while months[-1] > first:
        months.append(str(parse_month(months[-1]).previous()))
    return months


def _cash_flow(figures: Figures) -> list[CashFlowMonth]:
    months = [figures.period]
    while len(months) < CASH_FLOW_MONTHS:
        months.append(str(parse_month(months[-1]).previous()))
    flows = {flow.period: flow for flow in figures.flows}
    return [
        CashFlowMonth(
            month=month,
            received_minor=flows[month].income_minor if month in flows else 0,
            spent_minor=flows[month].expenses_minor if month in flows else 0,
        )
        for month in reversed(months)
    ]


def _balances(figures: Figures) -> list[AccountBalance]:
    shown = [one for one in figures.accounts if not one.closed]
    shown.sort(key=lambda one: accounts.group_order(one.account_type))
    return [
        AccountBalance(
            account_id=one.account_id,
            name=one.name,
            group=accounts.group_of(one.account_type),
            balance_minor=one.balance_minor,
            currency=one.commodity,
        )
        for one in shown
    ]


def _latest(view: TransactionView) -> LatestTransaction:
    return LatestTransaction(
        entry_id=int(view.id),
        date=view.transaction_date,
        payee=view.payee or view.description or view.category_name or _words(view),
        category=_words(view),
        account=view.account_name,
        kind=view.transaction_type,
        amount_minor=read_formatted(view.amount, commodity(view.currency)),
        currency=view.currency,
    )


def _words(view: TransactionView) -> str:
    """Return where a transaction belongs: its category, how many, or the other account."""
    if view.transaction_type == "transfer":
        return f"To {view.transfer_account_name}"
    if view.transaction_type == "opening":
        return "Opening balance"
    return view.category_name or f"{len(view.splits)} categories"
