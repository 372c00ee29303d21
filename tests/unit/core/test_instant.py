"""Instants are written to the second, in UTC."""

from __future__ import annotations

import pytest

from pfh.core.instant import instant_text


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000_000_000, "2023-11-14T22:13:20Z"),
        (1_700_000_000_999_999, "2023-11-14T22:13:20Z"),
    ],
)
def test_cuts_to_the_second_when_written(instant: int, text: str) -> None:
    assert instant_text(instant) == text
