"""Problems keep their words, and several stand for one request."""

from __future__ import annotations

import pytest

from pfh.core.entry import raise_problems
from pfh.core.errors import Kind, Problem, Problems

FIRST = Problem("The amount is zero.", field="amount", fix="Write another.")
SECOND = Problem("Wait.", extra={"retryAfterSeconds": 3})


def test_keeps_words_and_extra_members() -> None:
    assert (str(FIRST), FIRST.field, FIRST.fix, FIRST.extra) == (
        "The amount is zero.",
        "amount",
        "Write another.",
        {},
    )
    assert SECOND.extra == {"retryAfterSeconds": 3}
    assert SECOND.kind is Kind.INVALID


def test_counts_when_there_are_several() -> None:
    both = Problems([FIRST, SECOND])
    assert both.problems == (FIRST, SECOND)
    assert both.detail == "2 fields need a change."
    assert Problems([FIRST]).detail == FIRST.detail


def test_refuses_when_there_is_none() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Problems([])


def test_raises_nothing_the_one_or_all() -> None:
    raise_problems([])
    with pytest.raises(Problem) as caught:
        raise_problems([FIRST])
    assert caught.value is FIRST
    with pytest.raises(Problems) as several:
        raise_problems([FIRST, SECOND])
    assert several.value.problems == (FIRST, SECOND)
