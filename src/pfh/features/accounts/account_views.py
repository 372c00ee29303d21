"""Accounts as the API shows them: in tree order, with balances and totals in the base currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from pfh.core.commodity import commodity
from pfh.core.instant import instant_text
from pfh.core.money import format_minor
from pfh.features.accounts.balance_store import Balance, balances_of, last_dates
from pfh.features.accounts.choices import in_tree_order
from pfh.features.accounts.schemas import AccountList, AccountView, ClassTotals
from pfh.features.accounts.store import AccountRecord, all_accounts
from pfh.features.households import api as households
from pfh.features.ledger import api as ledger
from pfh.features.rates import api as rates
from pfh.ports.database import Connection

_DIGITS = Context(prec=40)


@dataclass(frozen=True, slots=True)
class _Book:
    """What the views are made of; rates are units of the base currency for one unit."""

    base: str
    in_order: Sequence[tuple[AccountRecord, int]]
    balances: Mapping[int, Balance]
    openings: Mapping[int, ledger.Opening]
    last_dates: Mapping[int, str]
    rates: Mapping[str, Decimal]


async def account_list(connection: Connection, household_id: int, today: str) -> AccountList:
    """Return every account of a household, closed ones included, with totals as of today."""
    book = await _read(connection, household_id, today)
    views = [_view(book, record, depth) for record, depth in book.in_order]
    return AccountList(views, None, _totals(book))


async def account_view(
    connection: Connection, household_id: int, account_id: int, today: str
) -> AccountView:
    """Return one account, which the caller has found in the household."""
    book = await _read(connection, household_id, today)
    return next(
        _view(book, record, depth)
        for record, depth in book.in_order
        if record.account_id == account_id
    )


async def _read(connection: Connection, household_id: int, today: str) -> _Book:
    base = await households.base_commodity_of(connection, household_id)
    tree = await all_accounts(connection, household_id)
    real = in_tree_order(record for record in tree if record.is_real)
    kept = {balance.account_id: balance for balance in await balances_of(connection, household_id)}
    needed = any(record.commodity != base for record, _ in real)
    return _Book(
        base=base,
        in_order=real,
        balances=kept,
        openings=await ledger.openings_of(connection, household_id),
        last_dates=await last_dates(connection, [record.account_id for record, _ in real]),
        rates=await rates.latest_rates(connection, household_id, base, today) if needed else {},
    )


def _view(book: _Book, record: AccountRecord, depth: int) -> AccountView:
    code = record.commodity or book.base
    unit = commodity(code)
    balance = book.balances.get(record.account_id)
    opening = book.openings.get(record.account_id)
    tree_minor = _tree_minor(book, record, code)
    return AccountView(
        id=str(record.account_id),
        name=record.name,
        account_type=record.account_type,
        account_class=record.account_class,
        currency=code,
        balance=format_minor(0 if balance is None else balance.amount_minor, unit),
        tree_balance=None if tree_minor is None else format_minor(tree_minor, unit),
        parent_id=None if record.parent_id is None else str(record.parent_id),
        depth=depth,
        order=record.sort_order,
        external_id=record.external_id,
        opening_balance=format_minor(0 if opening is None else opening.amount_minor, unit),
        opening_date=None if opening is None else opening.date,
        transaction_count=0 if balance is None else balance.posting_count,
        last_transaction_date=book.last_dates.get(record.account_id),
        is_closed=record.closed_at is not None,
        version=record.version,
        created_at=instant_text(record.created_at),
    )


def _tree_minor(book: _Book, top: AccountRecord, code: str) -> int | None:
    """Sum an account and everything below it in the account's currency; None without a rate."""
    inside = {top.account_id}
    amounts: dict[str, int] = {}
    # Parents stand before their children, so one pass finds everything below.
    for record, _ in book.in_order:
        if record.account_id in inside or record.parent_id in inside:
            inside.add(record.account_id)
            balance = book.balances.get(record.account_id)
            if balance is not None:
                known = amounts.get(balance.commodity, 0)
                amounts[balance.commodity] = known + balance.amount_minor
    total, missing = rates.total_in(amounts, code, _rates_into(book, code))
    return None if missing else total


def _rates_into(book: _Book, code: str) -> Mapping[str, Decimal]:
    """Return the rates into another currency than the base, through the base."""
    if code == book.base:
        return book.rates
    own = book.rates.get(code)
    if own is None:
        return {}
    crossed = {other: _DIGITS.divide(rate, own) for other, rate in book.rates.items()}
    return {**crossed, book.base: _DIGITS.divide(Decimal(1), own)}


def _totals(book: _Book) -> ClassTotals:
    sums: dict[str, dict[str, int]] = {"asset": {}, "liability": {}}
    for record, _ in book.in_order:
        balance = book.balances.get(record.account_id)
        if balance is not None:
            of_class = sums[record.account_class]
            known = of_class.get(balance.commodity, 0)
            of_class[balance.commodity] = known + balance.amount_minor
    assets, missing_assets = rates.total_in(sums["asset"], book.base, book.rates)
    debts, missing_debts = rates.total_in(sums["liability"], book.base, book.rates)
    unit = commodity(book.base)
    return ClassTotals(
        currency=book.base,
        assets=format_minor(assets, unit),
        liabilities=format_minor(debts, unit),
        net_worth=format_minor(assets + debts, unit),
        missing_rates=sorted({*missing_assets, *missing_debts}),
    )
