"""Dates and periods: reading, neighbours, days."""

from __future__ import annotations

import pytest

from pfh.core.errors import Problem
from pfh.core.period import (
    DateInvalid,
    DateOutOfRange,
    Period,
    PeriodInvalid,
    PeriodKind,
    PeriodOutOfRange,
    date_problem,
    last_day_of_month,
    parse_month,
    parse_period,
    period_of,
    periods_between,
)


@pytest.mark.parametrize("text", ["1900-01-01", "2199-12-31", "2028-02-29"])
def test_date_passes_when_it_is_a_day_in_range(text: str) -> None:
    assert date_problem(text, field="date") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", DateInvalid),
        ("2026-1-1", DateInvalid),
        ("20261123", DateInvalid),
        ("2026-W01-1", DateInvalid),
        ("23.11.2026", DateInvalid),
        ("2026-11-23T00:00", DateInvalid),
        ("٢٠٢٦-١١-٢٣", DateInvalid),
        ("2026-02-29", DateInvalid),
        ("2026-13-01", DateInvalid),
        ("2026-00-10", DateInvalid),
        ("x" * 1_000_000, DateInvalid),
        ("\x00" * 10, DateInvalid),
        ("0000-01-01", DateOutOfRange),
        ("1899-12-31", DateOutOfRange),
        ("2200-01-01", DateOutOfRange),
        ("9999-12-31", DateOutOfRange),
    ],
)
def test_date_is_refused_with_the_reason(text: str, problem: type[Problem]) -> None:
    found = date_problem(text, field="transactionDate")
    assert type(found) is problem
    assert found.field == "transactionDate"
    assert found.fix
    assert found.detail.isprintable()
    assert len(found.detail) < 100


@pytest.mark.parametrize(
    ("text", "first", "last", "day_count"),
    [
        ("2026", "2026-01-01", "2026-12-31", 365),
        ("2026-Q1", "2026-01-01", "2026-03-31", 90),
        ("2026-Q4", "2026-10-01", "2026-12-31", 92),
        ("2026-11", "2026-11-01", "2026-11-30", 30),
        ("2028-02", "2028-02-01", "2028-02-29", 29),
        ("2026-11-23", "2026-11-23", "2026-11-23", 1),
    ],
)
def test_period_is_read_and_written(text: str, first: str, last: str, day_count: int) -> None:
    period = parse_period(text)
    assert (period.first, period.last, period.day_count) == (first, last, day_count)
    assert str(period) == text
    days = list(period.days())
    assert (days[0], days[-1], len(set(days))) == (first, last, day_count)


@pytest.mark.parametrize(
    ("text", "problem", "words"),
    [
        ("", PeriodInvalid, "is not a period"),
        ("november", PeriodInvalid, "is not a period"),
        ("2026-1", PeriodInvalid, "is not a period"),
        ("2026-11-", PeriodInvalid, "is not a period"),
        ("2026-11\n", PeriodInvalid, "is not a period"),
        ("x" * 1_000_000, PeriodInvalid, "is not a period"),
        ("2026-Q0", PeriodInvalid, "Q1 to Q4"),
        ("2026-Q5", PeriodInvalid, "Q1 to Q4"),
        ("2026-00", PeriodInvalid, "01 to 12"),
        ("2026-13", PeriodInvalid, "01 to 12"),
        ("2026-02-30", PeriodInvalid, "calendar"),
        ("1899-12", PeriodOutOfRange, "1900 to 2199"),
        ("2200", PeriodOutOfRange, "1900 to 2199"),
        ("0000-01", PeriodOutOfRange, "1900 to 2199"),
    ],
)
def test_period_is_refused_with_the_reason(text: str, problem: type[Problem], words: str) -> None:
    with pytest.raises(problem, match=words) as caught:
        parse_period(text, field="period")
    assert caught.value.field == "period"
    assert len(caught.value.detail) < 100


def test_month_refuses_other_kinds() -> None:
    assert parse_month("2026-11").kind is PeriodKind.MONTH
    for text, words in (("2026", "a year"), ("2026-Q1", "a quarter"), ("2026-11-23", "a day")):
        with pytest.raises(PeriodInvalid, match=words):
            parse_month(text)


@pytest.mark.parametrize(
    ("text", "previous", "following"),
    [
        ("2026-01", "2025-12", "2026-02"),
        ("2026-12", "2026-11", "2027-01"),
        ("2026-Q1", "2025-Q4", "2026-Q2"),
        ("2026", "2025", "2027"),
        ("2028-02-29", "2028-02-28", "2028-03-01"),
    ],
)
def test_neighbours_are_of_the_same_kind(text: str, previous: str, following: str) -> None:
    period = parse_period(text)
    assert str(period.previous()) == previous
    assert str(period.next()) == following


@pytest.mark.parametrize("kind", list(PeriodKind))
def test_neighbours_end_with_the_calendar(kind: PeriodKind) -> None:
    with pytest.raises(PeriodOutOfRange):
        period_of("1900-01-01", kind).previous()
    with pytest.raises(PeriodOutOfRange):
        period_of("2199-12-31", kind).next()


def test_contains_its_days_alone() -> None:
    month = parse_period("2026-11")
    assert "2026-11-01" in month
    assert "2026-11-30" in month
    assert "2026-10-31" not in month
    assert "2026-12-01" not in month


def test_periods_between_covers_both_ends() -> None:
    def names(first: str, last: str, kind: PeriodKind) -> list[str]:
        return [str(period) for period in periods_between(first, last, kind)]

    assert names("2026-11-30", "2027-01-01", PeriodKind.MONTH) == ["2026-11", "2026-12", "2027-01"]
    assert names("2026-01-31", "2026-12-01", PeriodKind.QUARTER) == [
        "2026-Q1",
        "2026-Q2",
        "2026-Q3",
        "2026-Q4",
    ]
    assert names("2026-05-05", "2026-05-05", PeriodKind.DAY) == ["2026-05-05"]
    assert names("2026-05-05", "2026-04-30", PeriodKind.MONTH) == []
    assert len(names("1900-01-01", "2199-12-31", PeriodKind.YEAR)) == 300


def test_last_day_of_month_knows_leap_years() -> None:
    assert [last_day_of_month(year, 2)[-2:] for year in (1900, 2000, 2026, 2028)] == [
        "28",
        "29",
        "28",
        "29",
    ]


def test_periods_sort_by_their_first_day() -> None:
    assert min(parse_period("2026-11"), parse_period("2025-12")) == Period(
        "2025-12-01", "2025-12-31", PeriodKind.MONTH
    )
