"""Identifiers grow, are unique across threads and survive a clock that steps back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pfh.adapters.identifiers.time_ordered import (
    EPOCH_MILLISECONDS,
    TimeOrderedIdentifiers,
    instant_of,
)


def test_next_has_the_documented_layout_when_the_clock_stands() -> None:
    identifiers = TimeOrderedIdentifiers(5, nanoseconds=lambda: (EPOCH_MILLISECONDS + 1) * 10**6)
    assert [identifiers.next(), identifiers.next()] == [4_214_784, 4_214_785]
    assert instant_of(4_214_785) == (EPOCH_MILLISECONDS + 1) * 1000


def test_next_runs_ahead_when_a_millisecond_is_full() -> None:
    identifiers = TimeOrderedIdentifiers(0, nanoseconds=lambda: (EPOCH_MILLISECONDS + 1) * 10**6)
    numbers = [identifiers.next() for _ in range(10_000)]
    assert numbers == sorted(set(numbers))
    assert numbers[4096] == 2 << 22


def test_take_gives_what_next_would_when_a_millisecond_overflows() -> None:
    def clock() -> int:
        return (EPOCH_MILLISECONDS + 1) * 10**6

    one, many = (TimeOrderedIdentifiers(3, nanoseconds=clock) for _ in range(2))
    wanted = [one.next() for _ in range(9_000)]
    taken = [*many.take(4_095), *many.take(0), *many.take(3), many.next(), *many.take(4_901)]
    assert taken == wanted


def test_next_grows_when_the_clock_steps_back() -> None:
    instants = iter([EPOCH_MILLISECONDS + 10, EPOCH_MILLISECONDS + 3, EPOCH_MILLISECONDS + 11])
    identifiers = TimeOrderedIdentifiers(1, nanoseconds=lambda: next(instants) * 10**6)
    first, second, third = (identifiers.next() for _ in range(3))
    assert first < second < third


def test_next_is_unique_and_fits_63_bits_when_threads_share_it() -> None:
    identifiers = TimeOrderedIdentifiers()
    with ThreadPoolExecutor(4) as threads:
        parts = list(threads.map(lambda _: [identifiers.next() for _ in range(5_000)], range(4)))
    numbers = [number for part in parts for number in part]
    assert len(set(numbers)) == 20_000
    assert all(part == sorted(part) for part in parts)
    assert all(0 < number < 2**63 for number in numbers)


@pytest.mark.parametrize("node", [-1, 1024])
def test_construction_refuses_when_the_node_does_not_fit(node: int) -> None:
    with pytest.raises(ValueError, match="node must be"):
        TimeOrderedIdentifiers(node)
