"""The demo household: the same every time, and lifelike enough to be believed."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from pfh.features.demo import household as home
from pfh.features.demo.calendar import (
    add_months,
    coldness,
    last_working_day,
    next_working_day,
)
from pfh.features.demo.plan_demo import plan_demo
from pfh.features.demo.records import DemoPlan, DemoTransaction
from pfh.features.demo.settlement import balances_at

TODAY = date(2026, 11, 23)
# The ends of months and years, a leap day, and days before payday, rent or a card payment.
DAYS = [TODAY, date(2026, 1, 1), date(2026, 8, 31), date(2028, 2, 29), date(2027, 6, 2)]


@pytest.fixture(scope="module", params=DAYS, ids=str)
def plan(request: pytest.FixtureRequest) -> DemoPlan:
    return plan_demo(request.param)


@pytest.fixture(scope="module")
def usual() -> DemoPlan:
    return plan_demo(TODAY)


def last_day(plan: DemoPlan) -> date:
    return plan.transactions[-1].day


def month_ends(plan: DemoPlan) -> Iterator[date]:
    month = plan.transactions[0].day.replace(day=1)
    while (end := add_months(month, 1) - timedelta(days=1)) < last_day(plan):
        yield end
        month = add_months(month, 1)


def worth(plan: DemoPlan, day: date) -> int:
    balances = balances_at(plan.accounts, plan.transactions, day)
    return sum(amount for name, amount in balances.items() if name != home.DOLLARS)


def about(plan: DemoPlan, text: str) -> list[DemoTransaction]:
    return [each for each in plan.transactions if text in {each.payee, each.description}]


def test_plans_the_same_when_asked_twice(usual: DemoPlan) -> None:
    assert plan_demo(TODAY) == usual
    assert plan_demo(TODAY, seed=7) != usual


def test_keeps_the_past_when_a_day_goes_by(usual: DemoPlan) -> None:
    before = TODAY - timedelta(days=60)
    later = plan_demo(TODAY + timedelta(days=1))

    def everyday(plan: DemoPlan) -> list[DemoTransaction]:
        return [
            each
            for each in plan.transactions
            if each.day < before and each.category in {home.GROCERIES, home.RESTAURANTS, home.RENT}
        ]

    assert everyday(later) == everyday(usual)


def test_has_the_promised_size_and_span_when_any_day_is_today(plan: DemoPlan) -> None:
    days = [each.day for each in plan.transactions]
    assert days == sorted(days)
    assert 1800 <= len(days) <= 2500
    first = days[0]
    assert first.day == 1
    months = Counter(day.isoformat()[:7] for day in days)
    assert len(months) == 37
    assert all(count >= 40 for month, count in sorted(months.items())[:-1])


def test_names_only_what_it_opens_when_planned(plan: DemoPlan) -> None:
    accounts = {account.name for account in plan.accounts}
    kinds = {category.path: category.kind for category in plan.categories}
    used = set()
    for each in plan.transactions:
        assert each.amount_minor > 0
        assert each.account in accounts
        assert each.description
        assert (each.transaction_type == "transfer") == (each.transfer_account is not None)
        if each.transaction_type == "transfer":
            assert each.transfer_account in accounts - {each.account}
            assert not each.category
        assert not (each.category and each.splits)
        if each.splits:
            assert sum(split.amount_minor for split in each.splits) == each.amount_minor
            assert all(split.amount_minor > 0 for split in each.splits)
        used |= {split.category for split in each.splits} | ({each.category} - {None})
        if each.transaction_type == "expense":
            assert each.category is None or kinds[each.category] == "expense"
    assert used == set(kinds)


def test_keeps_every_balance_plausible_when_days_go_by(plan: DemoPlan) -> None:
    day = plan.transactions[0].day
    while day <= last_day(plan):
        balances = balances_at(plan.accounts, plan.transactions, day)
        assert balances[home.JOINT] >= 30_000
        assert balances[home.LEO] >= 20_000
        assert balances[home.CASH] >= 1_000
        assert balances[home.SAVINGS] >= 1_000_000
        assert -600_000 <= balances[home.CARD] <= 20_000
        assert 0 <= balances[home.DOLLARS] <= 90_000
        assert -1_400_000 <= balances[home.LOAN] < 0
        day += timedelta(days=3)


def test_grows_with_dips_when_seen_by_month(plan: DemoPlan) -> None:
    values = [worth(plan, day) for day in month_ends(plan)]
    changes = [later - earlier for earlier, later in itertools.pairwise(values)]
    assert 2 * values[0] < values[-1] < 5 * values[0]
    assert 1 <= sum(change < 0 for change in changes) <= 8


def test_pays_the_card_in_full_when_a_month_ends(usual: DemoPlan) -> None:
    payments = about(usual, "Credit card payment in full")
    months = [payment.day.isoformat()[:7] for payment in payments]
    assert len(months) == len(set(months)) == 36
    for payment in payments:
        statement = payment.day.replace(day=22)
        owed = balances_at(usual.accounts, usual.transactions, statement)[home.CARD]
        assert payment.amount_minor == -owed


def test_divides_interest_and_principal_when_the_loan_is_paid(usual: DemoPlan) -> None:
    interest = [each.amount_minor for each in usual.transactions if each.account == home.LOAN]
    assert interest[0] == 5635  # 13,800.00 at 4.9 % for a month.
    assert interest == sorted(interest, reverse=True)
    payments = about(usual, "Car loan payment")
    assert {payment.amount_minor for payment in payments} == {28_900}
    assert payments[0].notes == "Repays 232.65, interest 56.35"
    owed = balances_at(usual.accounts, usual.transactions, TODAY)[home.LOAN]
    assert owed == -1_380_000 - sum(interest) + 37 * 28_900


def test_changes_prices_when_time_passes(usual: DemoPlan) -> None:
    for text, count in (("Maya's salary", 2), ("Streamhouse", 2), ("Lindenhof Property", 2)):
        amounts = [each.amount_minor for each in about(usual, text)]
        assert amounts == sorted(amounts)
        assert len(set(amounts)) == count
    assert len(about(usual, "The Morning Ledger")) == 26
    assert len(about(usual, "Tonewave")) == 37


def test_heats_more_when_it_is_winter(usual: DemoPlan) -> None:
    bills = defaultdict(list)
    for each in usual.transactions:
        if each.category == home.HEATING:
            bills[each.day.month].append(each.amount_minor)
    assert min(bills[1]) > 3 * max(bills[7])


def test_shops_most_when_it_is_saturday(usual: DemoPlan) -> None:
    spent: Counter[int] = Counter()
    for each in usual.transactions:
        if each.category == home.GROCERIES or (each.splits and each.splits[0].category):
            spent[each.day.weekday()] += each.amount_minor
    assert spent[5] > 0.5 * sum(spent.values())
    assert spent[6] == 0


def test_pays_in_dollars_when_travelling(usual: DemoPlan) -> None:
    trip = [each for each in usual.transactions if "boston-2026" in each.tags]
    exchange = [each for each in trip if each.transfer_account == home.DOLLARS]
    assert [(each.amount_minor, each.received_minor) for each in exchange] == [(80_000, 85_120)]
    assert {each.account for each in trip} == {home.JOINT, home.CARD, home.DOLLARS}
    assert sum(each.account == home.DOLLARS for each in trip) >= 15
    assert any("USD" in each.notes for each in trip if each.account == home.CARD)
    assert len({tag for each in usual.transactions for tag in each.tags}) >= 5


def test_leaves_something_to_review_when_planned(plan: DemoPlan) -> None:
    unknown = [
        each
        for each in plan.transactions
        if each.transaction_type != "transfer" and not each.category and not each.splits
    ]
    pending = [each for each in plan.transactions if each.status == "pending"]
    assert len(unknown) == 6
    assert len(pending) >= 2
    assert all(each.day >= last_day(plan) - timedelta(days=2) for each in pending)


def test_gets_money_back_when_a_jacket_is_returned(usual: DemoPlan) -> None:
    refunds = [
        each
        for each in usual.transactions
        if each.transaction_type == "income" and each.category in home.EXPENSES
    ]
    assert [(each.amount_minor, each.category) for each in refunds] == [(12_990, home.CLOTHING)]


def test_moves_paydays_when_they_fall_on_a_weekend() -> None:
    saturday, sunday, monday = date(2026, 8, 1), date(2026, 8, 2), date(2026, 8, 3)
    assert [next_working_day(day) for day in (saturday, sunday, monday)] == [monday] * 3
    friday = date(2026, 7, 31)
    assert [last_working_day(day) for day in (friday, saturday, sunday)] == [friday] * 3


def test_is_coldest_when_it_is_january() -> None:
    assert coldness(date(2026, 1, 15)) == pytest.approx(1)
    assert coldness(date(2026, 7, 16)) == pytest.approx(0, abs=0.01)
