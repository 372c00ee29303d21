"""Civil dates as ISO text, and the periods that reports are cut by: day, month, quarter, year.

It exists because a date in a ledger is a civil date without a zone, and because ISO text sorts as
dates do, so that a period is a range of texts; see docs/specs/ledger.md §10.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from pfh.core.errors import Problem

FIRST_DATE: Final = "1900-01-01"
LAST_DATE: Final = "2199-12-31"
_YEAR_MIN: Final = 1900
_YEAR_MAX: Final = 2199
_SHOWN_LENGTH_MAX: Final = 20
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PERIOD: Final = re.compile(r"([0-9]{4})(?:-(?:Q([0-9])|([0-9]{2})(?:-([0-9]{2}))?))?")


class DateInvalid(Problem):
    """The text is not a day of the calendar written YYYY-MM-DD."""

    code = "date_invalid"


class DateOutOfRange(Problem):
    """The day is before 1900-01-01 or after 2199-12-31."""

    code = "date_out_of_range"


class PeriodInvalid(Problem):
    """The text is not a period, or not of the kind that is wanted."""

    code = "period_invalid"


class PeriodOutOfRange(Problem):
    """The period is before 1900 or after 2199."""

    code = "period_out_of_range"


class PeriodKind(StrEnum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One day, month, quarter or year.

    Attributes:
        first: its first day as ISO text.
        last: its last day as ISO text, included.
        kind: day, month, quarter or year.
    """

    first: str
    last: str
    kind: PeriodKind

    def __str__(self) -> str:
        """The text that `parse_period` reads: 2026-11-23, 2026-11, 2026-Q4 or 2026."""
        year, month, _ = self.first.split("-")
        if self.kind is PeriodKind.DAY:
            return self.first
        if self.kind is PeriodKind.MONTH:
            return f"{year}-{month}"
        if self.kind is PeriodKind.QUARTER:
            return f"{year}-Q{(int(month) + 2) // 3}"
        return year

    @property
    def day_count(self) -> int:
        """How many days it has: 28 to 31 for a month."""
        return (date.fromisoformat(self.last) - date.fromisoformat(self.first)).days + 1

    def __contains__(self, iso_date: str) -> bool:
        """Whether a day given as ISO text lies within."""
        return self.first <= iso_date <= self.last

    def days(self) -> Iterator[str]:
        """Yield each day as ISO text, in order."""
        day = date.fromisoformat(self.first)
        for offset in range(self.day_count):
            yield (day + timedelta(days=offset)).isoformat()

    def next(self) -> Period:
        """Return the following period of the same kind.

        Raises:
            PeriodOutOfRange: there is none before 2200.
        """
        return period_of(_shifted(self.last, 1), self.kind)

    def previous(self) -> Period:
        """Return the preceding period of the same kind.

        Raises:
            PeriodOutOfRange: there is none after 1899.
        """
        return period_of(_shifted(self.first, -1), self.kind)


def date_problem(text: str, *, field: str) -> Problem | None:
    """Judge a date: a day of the calendar as YYYY-MM-DD, 1900-01-01 to 2199-12-31."""
    verdict = _judge_date(text) if len(text) == len(FIRST_DATE) else "form"
    if verdict is None:
        return None
    shown = _shown(text)
    if verdict == "range":
        return DateOutOfRange(
            f"{shown} is outside {FIRST_DATE} to {LAST_DATE}.",
            field=field,
            fix="Check the year.",
        )
    return DateInvalid(
        f"{shown} is not a day of the calendar." if verdict == "day" else f"{shown} is not a date.",
        field=field,
        fix="Write year, month and day like 2026-11-23.",
    )


# The rows of a file share few dates; four thousand are eleven years of days.
@lru_cache(maxsize=4096)
def _judge_date(text: str) -> str | None:
    """Return None for a good date, else `form`, `day` or `range`."""
    if not _ISO_DATE.fullmatch(text):
        return "form"
    if not FIRST_DATE[:4] <= text[:4] <= LAST_DATE[:4]:
        return "range"
    try:
        date.fromisoformat(text)
    except ValueError:
        return "day"
    return None


def parse_period(text: str, *, field: str = "period") -> Period:
    """Read `YYYY`, `YYYY-Qn`, `YYYY-MM` or `YYYY-MM-DD`.

    Raises:
        PeriodInvalid, PeriodOutOfRange.

    Example: "2026-Q4" → 2026-10-01 to 2026-12-31.
    """
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise _invalid(text, field, "is not a period")
    year_text, quarter, month, day = found.groups()
    year = int(year_text)
    if not _YEAR_MIN <= year <= _YEAR_MAX:
        raise _out_of_range(field)
    if quarter is not None:
        if quarter not in "1234":
            raise _invalid(text, field, "names no quarter; there are Q1 to Q4")
        return _months(year, int(quarter) * 3 - 2, PeriodKind.QUARTER)
    if month is None:
        return _months(year, 1, PeriodKind.YEAR)
    if not "01" <= month <= "12":
        raise _invalid(text, field, "names no month; there are 01 to 12")
    if day is None:
        return _months(year, int(month), PeriodKind.MONTH)
    if date_problem(text, field=field) is not None:
        raise _invalid(text, field, "is not a day of the calendar")
    return Period(text, text, PeriodKind.DAY)


def parse_month(text: str, *, field: str = "period") -> Period:
    """Read `YYYY-MM` and nothing else.

    Raises:
        PeriodInvalid: also for a quarter, a year or a day; PeriodOutOfRange.

    Example: "2026-11" → 2026-11-01 to 2026-11-30.
    """
    period = parse_period(text, field=field)
    if period.kind is not PeriodKind.MONTH:
        raise _invalid(text, field, f"is a {period.kind}, not a month")
    return period


def period_of(iso_date: str, kind: PeriodKind) -> Period:
    """Return the period of a kind that holds a day of 1900 to 2199.

    Raises:
        PeriodOutOfRange.

    Example: ("2026-11-23", QUARTER) → 2026-Q4.
    """
    if not FIRST_DATE <= iso_date <= LAST_DATE:
        raise _out_of_range("period")
    if kind is PeriodKind.DAY:
        return Period(iso_date, iso_date, kind)
    month = int(iso_date[5:7])
    first_month = {
        PeriodKind.MONTH: month,
        PeriodKind.QUARTER: (month - 1) // 3 * 3 + 1,
        PeriodKind.YEAR: 1,
    }[kind]
    return _months(int(iso_date[:4]), first_month, kind)


def periods_between(first_date: str, last_date: str, kind: PeriodKind) -> Iterator[Period]:
    """Yield the periods of a kind from the one of `first_date` to the one of `last_date`, in order.

    Nothing is yielded when `last_date` is before the first period.

    Raises:
        PeriodOutOfRange: one of the dates is outside 1900 to 2199.
    """
    period, end = period_of(first_date, kind), period_of(last_date, kind)
    while period < end:
        yield period
        period = period.next()
    if period == end:
        yield period


def last_day_of_month(year: int, month: int) -> str:
    """Return the last day as ISO text: (2028, 2) → "2028-02-29"."""
    return f"{year:04d}-{month:02d}-{monthrange(year, month)[1]:02d}"


_MONTH_COUNT: Final = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


def _months(year: int, first_month: int, kind: PeriodKind) -> Period:
    last_month = first_month + _MONTH_COUNT[kind] - 1
    return Period(f"{year:04d}-{first_month:02d}-01", last_day_of_month(year, last_month), kind)


def _shifted(iso_date: str, days: int) -> str:
    return (date.fromisoformat(iso_date) + timedelta(days=days)).isoformat()


def _shown(text: str) -> str:
    kept = text if len(text) <= _SHOWN_LENGTH_MAX else text[:_SHOWN_LENGTH_MAX] + "…"
    return f"“{kept}”" if kept.isprintable() else ascii(kept)


def _invalid(text: str, field: str, reason: str) -> PeriodInvalid:
    return PeriodInvalid(
        f"{_shown(text)} {reason}.", field=field, fix="Write year and month like 2026-11."
    )


def _out_of_range(field: str) -> PeriodOutOfRange:
    return PeriodOutOfRange(
        f"Periods go from {_YEAR_MIN} to {_YEAR_MAX}.", field=field, fix="Check the year."
    )
