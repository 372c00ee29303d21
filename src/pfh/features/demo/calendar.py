"""The span of the demo: from the first day of a month three years ago to today.

It exists because most of a household's money follows the calendar: paydays, seasons, anniversaries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, pi
from typing import Final

YEARS: Final = 3
MONTHS_A_YEAR: Final = 12
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of the demo, both ends included, and the seed of its chances."""

    today: date
    seed: int

    @property
    def first_day(self) -> date:
        """Return the first day of today's month, three years ago."""
        return date(self.today.year - YEARS, self.today.month, 1)

    def days(self) -> Iterator[date]:
        """Yield every day in order."""
        for offset in range((self.today - self.first_day).days + 1):
            yield self.first_day + timedelta(days=offset)

    def months(self) -> Iterator[date]:
        """Yield the first day of every month in order; the last month may be unfinished."""
        for number in range(YEARS * MONTHS_A_YEAR + 1):
            yield add_months(self.first_day, number)

    def month_number(self, day: date) -> int:
        """Return 0 for the first month, 1 for the next one, and so on."""
        first = self.first_day
        return (day.year - first.year) * MONTHS_A_YEAR + day.month - first.month

    def holds(self, day: date) -> bool:
        """Return whether a day is within the demo."""
        return self.first_day <= day <= self.today


def add_months(first_of_month: date, months: int) -> date:
    """Return the first day of the month so many months later."""
    count = first_of_month.year * MONTHS_A_YEAR + first_of_month.month - 1 + months
    return date(count // MONTHS_A_YEAR, count % MONTHS_A_YEAR + 1, 1)


def last_working_day(day: date) -> date:
    """Return the day itself, or the Friday before it when it falls on a weekend."""
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))


def next_working_day(day: date) -> date:
    """Return the day itself, or the Monday after it when it falls on a weekend."""
    return day + timedelta(days=(SATURDAY + 2 - day.weekday()) if day.weekday() >= SATURDAY else 0)


def coldness(day: date) -> float:
    """Return how cold the season is: 1 in the middle of January, 0 in the middle of July."""
    return (1 + cos((day.timetuple().tm_yday - 15) / 365 * 2 * pi)) / 2


def grown(amount_minor: int, calendar: Calendar, day: date) -> int:
    """Return an everyday price with 2.5 % of inflation a year since the first day.

    Example: 10.00 after two years is 10.51.
    """
    years = (day - calendar.first_day).days / 365.25
    return round(amount_minor * float(1.025**years))
