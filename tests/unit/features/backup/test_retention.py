"""Which backups are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pfh.features.backup.retention import backup_name, newest_first, superseded, taken_at_of

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def name_at(moment: datetime) -> str:
    return backup_name(int(moment.timestamp()) * 1_000_000)


def test_name_tells_the_instant_to_the_second() -> None:
    assert taken_at_of(name_at(NOON)) == NOON


def test_two_backups_of_one_second_have_two_names() -> None:
    assert name_at(NOON) != name_at(NOON)


def test_newest_of_each_day_week_and_month_is_kept() -> None:
    # Two a day for 100 days.
    names = {
        name_at(NOON - timedelta(days=day, hours=hour)): (day, hour)
        for day in range(100)
        for hour in (0, 4)
    }
    gone = superseded(names, daily=3, weekly=2, monthly=3)
    kept = sorted(names[name] for name in names if name not in gone)
    # The 27th is a Friday: the week before ends on Sunday the 22nd, five days ago.
    assert kept == [(0, 0), (1, 0), (2, 0), (5, 0), (27, 0), (58, 0)]


def test_files_that_are_no_backups_are_never_deleted() -> None:
    foreign = [
        "photos.zip",
        "pfh-20261127T140300Z-1a2b3c4d.pfhbackup.part",
        "pfh-99999999T000000Z-",
    ]
    foreign.append("pfh-20261399T140300Z-1a2b3c4d.pfhbackup")
    assert superseded([*foreign, name_at(NOON)], daily=1, weekly=0, monthly=0) == []
    assert newest_first(foreign) == []


def test_a_machine_that_was_off_for_a_year_keeps_its_last_backups() -> None:
    names = [name_at(NOON - timedelta(days=400 + day)) for day in range(3)]
    assert superseded(names, daily=3, weekly=0, monthly=0) == []


@given(
    st.lists(st.integers(0, 60 * 24 * 800), max_size=60),
    st.integers(1, 10),
    st.integers(0, 6),
    st.integers(0, 14),
)
def test_newest_stays_and_no_more_are_kept_than_asked(
    ages_minutes: list[int], daily: int, weekly: int, monthly: int
) -> None:
    names = [name_at(NOON - timedelta(minutes=age)) for age in ages_minutes]
    gone = superseded(names, daily=daily, weekly=weekly, monthly=monthly)
    kept = set(names) - set(gone)
    assert kept >= set(newest_first(names)[:1])
    assert len(kept) <= daily + weekly + monthly
    # Doing it again takes nothing more.
    assert superseded(kept, daily=daily, weekly=weekly, monthly=monthly) == []
