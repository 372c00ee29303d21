"""The names of backups, and which of them are kept: the newest of each day, week and month."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

SUFFIX: Final = ".pfhbackup"
_NAME: Final = re.compile(r"pfh-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.pfhbackup")
_TIME: Final = "%Y%m%dT%H%M%SZ"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def backup_name(taken_at: int) -> str:
    """Return a new name for a backup of the books at an instant in microseconds."""
    moment = _EPOCH + timedelta(microseconds=taken_at)
    return f"pfh-{moment.strftime(_TIME)}-{secrets.token_hex(4)}{SUFFIX}"


def taken_at_of(name: str) -> datetime | None:
    """Return the instant in a name, to the second; None for a file that is no backup of ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def newest_first(names: Iterable[str]) -> list[str]:
    """Return the names that are backups, the newest first."""
    found = [(moment, name) for name in names if (moment := taken_at_of(name)) is not None]
    return [name for _, name in sorted(found, reverse=True)]


def superseded(names: Iterable[str], *, daily: int, weekly: int, monthly: int) -> list[str]:
    """Return the backups that need not be kept; never the newest, never a foreign file.

    A period without a backup does not count: 7 daily are the newest ones of the last seven days on
    which any was made. Example: with 1, 0, 1 and backups at 8:00 and 9:00 today and yesterday, that
    of 9:00 today stays alone, being the newest of the day and of the month.
    """
    ordered = newest_first(names)
    kept = set(ordered[:1])
    periods: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (daily, datetime.date),
        (weekly, lambda moment: moment.isocalendar()[:2]),
        (monthly, lambda moment: (moment.year, moment.month)),
    )
    for count, period_of in periods:
        seen: set[object] = set()
        for name in ordered:
            moment = taken_at_of(name)
            period = None if moment is None else period_of(moment)
            if period not in seen and len(seen) < count:
                seen.add(period)
                kept.add(name)
    return [name for name in ordered if name not in kept]
