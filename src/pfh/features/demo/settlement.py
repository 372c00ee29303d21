"""What follows from the balances: the card is paid, the wallet filled, what is left over is saved.

It exists because these amounts are known only when everything else has happened: the days are
walked through in order, and the balances are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from pfh.features.demo import household as home
from pfh.features.demo.calendar import Calendar
from pfh.features.demo.records import DemoAccount, DemoTransaction

_STATEMENT_DAY: Final = 22
_PAYMENT_DAY: Final = 27
_SWEEP_DAY: Final = 29
_QUARTER: Final = 3
_WALLET_LOW_MINOR: Final = 8_500
_WITHDRAWAL_MINOR: Final = 12_000
_RESERVE_LOW_MINOR: Final = 40_000
_RESERVE_MINOR: Final = 80_000
# What stays in a current account on the day of the sweep; the rest is saved in whole hundreds.
_KEPT_MINOR: Final = {home.JOINT: 290_000, home.LEO: 60_000}
_HUNDRED_MINOR: Final = 10_000


def settle(
    calendar: Calendar, accounts: Iterable[DemoAccount], transactions: list[DemoTransaction]
) -> Iterator[DemoTransaction]:
    """Yield all transactions in the order of their days, with those that follow from them.

    Args:
        calendar: its days, and no others, are walked through.
        accounts: the balances at the beginning.
        transactions: in any order; those outside the calendar are left out.
    """
    balances_minor: dict[str, int] = defaultdict(int)
    for account in accounts:
        balances_minor[account.name] = account.opening_minor
    inside = sorted((each for each in transactions if calendar.holds(each.day)), key=_day)
    by_day = {day: list(group) for day, group in groupby(inside, key=_day)}
    owed_minor = -balances_minor[home.CARD]
    for day in calendar.days():
        for transaction in by_day.get(day, ()):
            _apply(balances_minor, transaction)
            yield transaction
        if day.day == _STATEMENT_DAY:
            owed_minor = -balances_minor[home.CARD]
        for transaction in _following(day, owed_minor, balances_minor):
            _apply(balances_minor, transaction)
            yield transaction


def _following(
    day: date, owed_minor: int, balances_minor: dict[str, int]
) -> Iterator[DemoTransaction]:
    """Yield the transfers that this day asks for; the balances change while it is read."""
    if balances_minor[home.CASH] < _WALLET_LOW_MINOR:
        yield _move(day, _WITHDRAWAL_MINOR, home.JOINT, home.CASH, "Cash withdrawal")
    if day.day == _PAYMENT_DAY and owed_minor > 0:
        short_minor = owed_minor + _RESERVE_LOW_MINOR - balances_minor[home.JOINT]
        if short_minor > 0:
            rounded_minor = -(-short_minor // _HUNDRED_MINOR) * _HUNDRED_MINOR
            yield _move(day, rounded_minor, home.SAVINGS, home.JOINT, "From the reserve")
        yield _move(day, owed_minor, home.JOINT, home.CARD, "Credit card payment in full")
    if day.day == _SWEEP_DAY and day.month % _QUARTER == 0:
        for account, kept_minor in _KEPT_MINOR.items():
            spare_minor = (balances_minor[account] - kept_minor) // _HUNDRED_MINOR * _HUNDRED_MINOR
            if spare_minor > 0:
                yield _move(day, spare_minor, account, home.SAVINGS, "Left over, to savings")
    if balances_minor[home.JOINT] < _RESERVE_LOW_MINOR:
        yield _move(day, _RESERVE_MINOR, home.SAVINGS, home.JOINT, "From the reserve")


def _move(
    day: date, amount_minor: int, source: str, target: str, description: str
) -> DemoTransaction:
    return DemoTransaction(
        day, "transfer", amount_minor, source, description, transfer_account=target
    )


def _apply(balances_minor: dict[str, int], transaction: DemoTransaction) -> None:
    sign = 1 if transaction.transaction_type == "income" else -1
    balances_minor[transaction.account] += sign * transaction.amount_minor
    if transaction.transfer_account is not None:
        received_minor = transaction.received_minor or transaction.amount_minor
        balances_minor[transaction.transfer_account] += received_minor


def balances_at(
    accounts: Iterable[DemoAccount], transactions: Iterable[DemoTransaction], day: date
) -> dict[str, int]:
    """Return what is in each account at the end of a day, in minor units of its currency."""
    balances_minor = {account.name: account.opening_minor for account in accounts}
    for transaction in transactions:
        if transaction.day <= day:
            _apply(balances_minor, transaction)
    return balances_minor


def day_before(day: date) -> date:
    """Return the day on which the opening balances stand."""
    return day - timedelta(days=1)


def _day(transaction: DemoTransaction) -> date:
    return transaction.day
