"""Plan the demo household: three years of two adults' money, up to a given day.

It exists as a pure function so that the demo is the same for everyone who looks on one day, and so
that its figures can be tested without a database.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from pfh.features.demo import household as home
from pfh.features.demo.calendar import Calendar
from pfh.features.demo.everyday import plan_everyday
from pfh.features.demo.occasions import plan_occasions
from pfh.features.demo.records import DemoCategory, DemoPlan, DemoTransaction, Status
from pfh.features.demo.routine import plan_routine
from pfh.features.demo.settlement import day_before, settle

SEED: Final = 2024
_PENDING_DAYS: Final = 2
_RECONCILED_AFTER_DAYS: Final = 40


def plan_demo(today: date, seed: int = SEED) -> DemoPlan:
    """Return the accounts, categories and transactions of the demo household.

    The span begins on the first day of today's month three years ago and ends today, both included;
    every month has data. The same arguments give the same plan. Amounts are in minor units; what
    the card owes is paid in full every month and no current account falls far below zero.

    Example: for 2026-11-23 the first day is 2023-11-01 and the plan has about 2,300 transactions.
    """
    calendar = Calendar(today, seed)
    accounts = home.open_accounts(day_before(calendar.first_day))
    planned = [
        *plan_routine(calendar),
        *plan_everyday(calendar),
        *plan_occasions(calendar),
    ]
    settled = settle(calendar, accounts, planned)
    categories = [DemoCategory(path, "income") for path in home.INCOME]
    categories += [DemoCategory(path, "expense") for path in home.EXPENSES]
    return DemoPlan(
        accounts,
        tuple(categories),
        tuple(replace(each, status=_status(each, today)) for each in settled),
    )


def _status(transaction: DemoTransaction, today: date) -> Status:
    """Return what a careful person would have: old is reconciled, the newest are pending."""
    if transaction.day < today - timedelta(days=_RECONCILED_AFTER_DAYS):
        return "reconciled"
    recent = transaction.day >= today - timedelta(days=_PENDING_DAYS)
    return "pending" if recent and transaction.account == home.CARD else "cleared"
