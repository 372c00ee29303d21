"""What comes every month, quarter or year: pay, rent, bills, subscriptions, the loan, savings.

It exists apart from the everyday chances because recurring money is what budgets, forecasts and the
search for subscriptions are shown on: it has raises, a price rise and an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pfh.features.demo import household as home
from pfh.features.demo.calendar import (
    MONTHS_A_YEAR,
    Calendar,
    add_months,
    coldness,
    last_working_day,
    next_working_day,
)
from pfh.features.demo.dice import Dice
from pfh.features.demo.records import CategoryPath, DemoTransaction

_RAISE_MONTH: Final = 14
_JANUARY, _MARCH, _JULY, _NOVEMBER = 1, 3, 7, 11
_QUARTER: Final = 3
# 4.9 % a year; a month's interest is rounded half up to the cent.
_LOAN_RATE_BASIS_POINTS: Final = 490
_LOAN_PAYMENT_MINOR: Final = 28_900


@dataclass(frozen=True, slots=True)
class _Bill:
    """A bill with a fixed price: from `rise_month` on the second price, from `end_month` none."""

    day: int
    payee: str
    description: str
    category: CategoryPath
    account: str
    price_minor: int
    risen_minor: int = 0
    rise_month: int = 1000
    end_month: int = 1000


_MONTHLY_BILLS: Final = (
    _Bill(1, "Lindenhof Property", "Rent", home.RENT, home.JOINT, 118_000, 121_500, 19),
    _Bill(2, "Meridian Bank", "Account fee", home.BANK_FEES, home.JOINT, 490),
    _Bill(5, "Quickline Networks", "Internet", home.INTERNET, home.JOINT, 3_990),
    _Bill(6, "Robin Mobile", "Maya's phone", home.INTERNET, home.JOINT, 2_199),
    _Bill(6, "Robin Mobile", "Leo's phone", home.INTERNET, home.LEO, 1_799),
    _Bill(1, "Metro Transit", "Monthly pass", home.PUBLIC_TRANSPORT, home.LEO, 4_900, 5_800, 14),
    _Bill(8, "Streamhouse", "Video", home.SUBSCRIPTIONS, home.CARD, 1_299, 1_599, 22),
    _Bill(11, "Tonewave", "Music", home.SUBSCRIPTIONS, home.CARD, 1_099),
    _Bill(14, "Cloudshelf", "Storage", home.SUBSCRIPTIONS, home.CARD, 299),
    _Bill(17, "The Morning Ledger", "News", home.SUBSCRIPTIONS, home.CARD, 1_490, end_month=26),
    _Bill(3, "Ironwood Gym", "Membership", home.SPORTS, home.LEO, 3_490),
    _Bill(15, "Open Hands", "Monthly donation", home.DONATIONS, home.JOINT, 2_500),
)
# (month of the year, day, payee, description, category, minor units in the first year)
_YEARLY_BILLS: Final = (
    (1, 9, "Evergreen Mutual", "Liability insurance", home.INSURANCE, 9_640),
    (2, 14, "City Revenue Office", "Car tax", home.CAR_TAX, 13_200),
    (3, 4, "Evergreen Mutual", "Contents insurance", home.INSURANCE, 14_870),
    (10, 2, "Roadsafe Insurance", "Car insurance", home.INSURANCE, 58_640),
)


def plan_routine(calendar: Calendar) -> Iterator[DemoTransaction]:
    """Yield everything regular, in no particular order and also a little beyond today."""
    loan_minor = home.LOAN_OPENING_MINOR
    for month in calendar.months():
        number = calendar.month_number(month)
        yield from _pay(month, number)
        yield from _bills(month, number)
        yield from _utilities(calendar, month)
        yield from _put_aside(month, number)
        for payment in _loan(month, loan_minor):
            sign = 1 if payment.transaction_type == "expense" else -1
            loan_minor += sign * payment.amount_minor
            yield payment


def _pay(month: date, number: int) -> Iterator[DemoTransaction]:
    """Yield both salaries, Maya's thirteenth one in November and the tax refund in July."""
    maya_minor = 264_000 if number < _RAISE_MONTH else 283_500
    leo_minor = round(174_500 * 1.015 ** (number // MONTHS_A_YEAR))
    period = f"{month:%Y-%m}"
    paid = next_working_day(month)
    for day, payee, description, account, amount_minor in (
        (paid, "Northlight Design", "Maya's salary", home.JOINT, maya_minor),
        (
            last_working_day(month.replace(day=15)),
            "Riverside School",
            "Leo's salary",
            home.LEO,
            leo_minor,
        ),
    ):
        yield DemoTransaction(
            day, "income", amount_minor, account, description, payee, home.SALARY, notes=period
        )
    if month.month == _NOVEMBER:
        yield DemoTransaction(
            paid, "income", maya_minor * 6 // 10, home.JOINT, "Year-end bonus", "Northlight Design",
            home.BONUS,
        )  # fmt: skip
    if month.month == _JULY:
        yield DemoTransaction(
            month.replace(day=12), "income", 61_240 + 37 * number, home.JOINT, "Tax refund",
            "City Revenue Office", home.TAX_REFUND,
        )  # fmt: skip


def _bills(month: date, number: int) -> Iterator[DemoTransaction]:
    """Yield the bills with a fixed price."""
    for bill in _MONTHLY_BILLS:
        if number < bill.end_month:
            price_minor = bill.risen_minor if number >= bill.rise_month else bill.price_minor
            yield DemoTransaction(
                month.replace(day=bill.day), "expense", price_minor, bill.account,
                bill.description, bill.payee, bill.category,
            )  # fmt: skip
    for due, day, payee, description, category, first_minor in _YEARLY_BILLS:
        if due == month.month:
            price_minor = round(first_minor * 1.03 ** (number // MONTHS_A_YEAR))
            yield DemoTransaction(
                month.replace(day=day), "expense", price_minor, home.JOINT, description, payee,
                category, notes="Paid once a year",
            )  # fmt: skip


def _utilities(calendar: Calendar, month: date) -> Iterator[DemoTransaction]:
    """Yield electricity and heating, dear in winter, and water once a quarter."""
    dice = Dice(calendar.seed, "utilities", month)
    cold = coldness(month.replace(day=15))
    bills = [
        (12, "Brightwater Power", "Electricity", home.ELECTRICITY, 5_800 + round(2_900 * cold)),
        (13, "Hillside Heat", "Heating", home.HEATING, 2_900 + round(12_800 * cold)),
    ]
    if month.month % _QUARTER == 0:
        bills.append((20, "Clearwell Water", "Water", home.WATER, 8_150))
    for day, payee, description, category, usual_minor in bills:
        amount_minor = dice.amount(usual_minor * 94 // 100, usual_minor * 106 // 100)
        yield DemoTransaction(
            month.replace(day=day), "expense", amount_minor, home.JOINT, description, payee,
            category,
        )  # fmt: skip


def _put_aside(month: date, number: int) -> Iterator[DemoTransaction]:
    """Yield Leo's share, saving and investing, and what savings and investments earn."""
    year = number // MONTHS_A_YEAR
    for day, source, target, description, amount_minor in (
        (16, home.LEO, home.JOINT, "Leo's share", 118_000 + 3_000 * year),
        (4, home.JOINT, home.SAVINGS, "Monthly saving", 35_000),
        (4, home.JOINT, home.INVESTMENTS, "Savings plan", 25_000 if year <= 1 else 30_000),
    ):
        yield DemoTransaction(
            month.replace(day=day), "transfer", amount_minor, source, description,
            transfer_account=target,
        )  # fmt: skip
    if month.month % _QUARTER == 0:
        last = add_months(month, 1) - timedelta(days=1)
        for account, payee, description, amount_minor in (
            (home.SAVINGS, "Meridian Bank", "Interest", 3_920 + 211 * number),
            (home.INVESTMENTS, "Harbour Brokers", "Dividends", 6_480 + 173 * number),
        ):
            yield DemoTransaction(
                last, "income", amount_minor, account, description, payee, home.INTEREST
            )


def _loan(month: date, owed_minor: int) -> Iterator[DemoTransaction]:
    """Yield a month of the car loan: the bank charges interest, one payment covers both parts.

    Example: 13,800.00 owed at 4.9 % a year costs 56.35, so a payment of 289.00 repays 232.65.
    """
    basis = 10_000 * MONTHS_A_YEAR
    interest_minor = (owed_minor * _LOAN_RATE_BASIS_POINTS + basis // 2) // basis
    payment_minor = min(_LOAN_PAYMENT_MINOR, owed_minor + interest_minor)
    repaid_minor = payment_minor - interest_minor
    yield DemoTransaction(
        month.replace(day=2), "expense", interest_minor, home.LOAN, "Interest on the car loan",
        "Meridian Bank", home.LOAN_INTEREST,
    )  # fmt: skip
    yield DemoTransaction(
        month.replace(day=2), "transfer", payment_minor, home.JOINT, "Car loan payment",
        transfer_account=home.LOAN,
        notes=f"Repays {_text(repaid_minor)}, interest {_text(interest_minor)}",
    )  # fmt: skip


def _text(amount_minor: int) -> str:
    """Return minor units of a two-decimal currency as text."""
    return f"{amount_minor // 100}.{amount_minor % 100:02d}"
