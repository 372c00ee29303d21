"""Durations and instants as operators write them: `90s`, `5m`, `7d`, `2026-11-27T18:00:00Z`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from pfh.core.errors import Problem

_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION: Final = re.compile(
    r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9})s)?"
)


class DurationInvalid(Problem):
    """The text is no duration like 90s, 5m, 1h30m or 7d."""

    code = "duration_invalid"


def duration_seconds(text: str, *, field: str) -> int:
    """Return the seconds of a duration; digits alone are seconds.

    Example: "1h30m" → 5400.

    Raises:
        DurationInvalid: it is something else, or nothing.
    """
    plain = text.strip().lower()
    if plain.isascii() and plain.isdigit() and len(plain) <= 9:  # noqa: PLR2004 -- 31 years
        return int(plain)
    found = _DURATION.fullmatch(plain)
    if found is None or not plain:
        raise DurationInvalid(
            f"{ascii(text[:20])[1:-1]} is no duration.", field=field, fix="Write 90s, 5m, 1h or 7d."
        )
    amounts = zip(found.groups(), _UNITS.values(), strict=True)
    return sum(int(amount or 0) * seconds for amount, seconds in amounts)


class InstantInvalid(Problem):
    """The text is no date and time of RFC 3339 with its offset."""

    code = "instant_invalid"


def instant_of(text: str, *, field: str) -> int:
    """Return the microseconds since 1970 of an RFC 3339 text, which names its offset.

    Example: "2023-11-14T22:13:20Z" → 1_700_000_000_000_000.

    Raises:
        InstantInvalid.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InstantInvalid(
            f"{ascii(text[:40])[1:-1]} is no instant.",
            field=field,
            fix="Write it like 2026-11-27T18:00:00Z, with Z or an offset.",
        )
    return round(moment.timestamp()) * 1_000_000
