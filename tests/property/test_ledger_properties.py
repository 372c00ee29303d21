"""Laws of entries and balances that hold for every history."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pfh.core.balance import Balances, add, apply, fold, movement, unapply
from pfh.core.entry import Entry, check_entry, imbalances, reverse
from pfh.core.period import Period, PeriodKind, parse_period, period_of
from tests.property.ledger_strategies import DATES, ENTRIES


@given(ENTRIES)
def test_built_entries_are_sound_and_sum_to_zero(entry: Entry) -> None:
    check_entry(entry)
    assert imbalances(entry.postings) == {}
    assert entry.amount_minor > 0


@given(ENTRIES)
def test_reversal_is_sound_and_its_own_inverse(entry: Entry) -> None:
    turned = reverse(entry)
    check_entry(turned)
    assert turned != entry
    assert reverse(turned) == entry


@given(st.lists(ENTRIES, max_size=8), ENTRIES)
def test_post_then_reverse_moves_nothing(history: list[Entry], entry: Entry) -> None:
    before = fold(leg for item in history for leg in item.postings)
    posted = apply(before, entry.postings)
    assert apply(posted, reverse(entry).postings) == before
    assert unapply(posted, entry.postings) == before


@given(st.lists(ENTRIES, max_size=8), st.randoms(use_true_random=False))
def test_any_commit_order_gives_the_same_balances(history: list[Entry], random: Random) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    balances = fold(leg for item in history for leg in item.postings)
    stepwise: Balances = {}
    for item in shuffled:
        stepwise = apply(stepwise, item.postings)
    assert stepwise == balances
    assert all(balances.values())


@given(st.none() | ENTRIES, st.none() | ENTRIES)
def test_movement_is_what_lies_between(before: Entry | None, after: Entry | None) -> None:
    start = fold(before.postings if before else ())
    end = fold(after.postings if after else ())
    assert add(start, movement(before, after)) == end
    assert add(end, movement(after, before)) == start


@given(DATES, st.sampled_from(PeriodKind))
def test_periods_tile_the_calendar(day: str, kind: PeriodKind) -> None:
    period: Period = period_of(day, kind)
    assert day in period
    assert parse_period(str(period)) == period
    if period.last < "2199-12-31":
        following = period.next()
        assert following.previous() == period
        assert [*period.days(), *following.days()] == sorted({*period.days(), *following.days()})
        assert following.first > period.last
