"""Laws of amounts that hold for every value."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pfh.core.commodity import Commodity, all_commodities
from pfh.core.errors import Problem
from pfh.core.money import (
    LIMIT_MINOR,
    AmountTooLarge,
    allocate,
    convert,
    format_minor,
    parse_minor,
    read_formatted,
)

AMOUNTS = st.integers(1 - LIMIT_MINOR, LIMIT_MINOR - 1)
# Every exponent from 0 to 8, also those that no commodity has today.
COMMODITIES = st.integers(0, 8).map(lambda exponent: Commodity("XYZ", exponent, "Test", "¤"))
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)


@given(AMOUNTS, COMMODITIES)
def test_parse_undoes_format(minor: int, unit: Commodity) -> None:
    text = format_minor(minor, unit)
    assert parse_minor(text, unit) == minor
    assert parse_minor(Decimal(text), unit) == minor
    whole, _, decimals = text.removeprefix("-").partition(".")
    assert whole.isdigit()
    assert len(decimals) == unit.exponent
    assert Decimal(text).scaleb(unit.exponent) == minor


@given(st.integers(-(10**21), 10**21), COMMODITIES)
def test_reading_undoes_format_for_sums_beyond_any_amount(minor: int, unit: Commodity) -> None:
    assert read_formatted(format_minor(minor, unit), unit) == minor


@given(st.sampled_from(all_commodities()), AMOUNTS)
def test_parse_undoes_format_for_every_commodity(unit: Commodity, minor: int) -> None:
    assert parse_minor(format_minor(minor, unit), unit) == minor


@given(
    st.one_of(
        st.text(max_size=80),
        st.from_regex(r"[+-]?[0-9]{0,20}\.?[0-9]{0,12}([eE][+-]?[0-9]{1,9})?", fullmatch=True),
        st.decimals(),
        st.integers(),
    ),
    COMMODITIES,
)
def test_parse_is_exact_or_a_problem(value: str | int | Decimal, unit: Commodity) -> None:
    try:
        minor = parse_minor(value, unit)
    except Problem as problem:
        assert problem.fix  # noqa: PT017 -- either outcome is right; each has its own law.
        return
    assert abs(minor) < LIMIT_MINOR
    assert Fraction(Decimal(value)) * 10**unit.exponent == minor


@given(st.decimals(allow_nan=False, allow_infinity=False), COMMODITIES)
def test_parse_accepts_every_decimal_that_fits(value: Decimal, unit: Commodity) -> None:
    fits = False
    if value.adjusted() < 20:
        exact = Fraction(value) * 10**unit.exponent
        fits = exact.denominator == 1 and abs(exact) < LIMIT_MINOR
    try:
        accepted = parse_minor(value, unit) is not None
    except (Problem, InvalidOperation):
        accepted = False
    assert accepted == (fits or not value)


@given(AMOUNTS, WEIGHTS)
def test_allocate_sums_exactly_and_stays_within_one(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert len(parts) == len(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(AMOUNTS, WEIGHTS)
def test_allocate_is_monotone_and_earlier_weights_win_ties(total: int, weights: list[int]) -> None:
    parts = [abs(part) for part in allocate(total, weights)]
    for place, (part, weight) in enumerate(zip(parts, weights, strict=True)):
        for later_part, later_weight in zip(parts[place + 1 :], weights[place + 1 :], strict=True):
            if weight > later_weight:
                assert part >= later_part
            elif weight < later_weight:
                assert part <= later_part
            else:
                assert part - later_part in {0, 1}


@given(AMOUNTS, WEIGHTS, st.integers(1, 1000))
def test_allocate_knows_proportions_alone(total: int, weights: list[int], factor: int) -> None:
    parts = allocate(total, weights)
    assert allocate(total, [weight * factor for weight in weights]) == parts
    assert allocate(-total, weights) == tuple(-part for part in parts)


@given(
    st.integers(-(10**9), 10**9),
    COMMODITIES,
    COMMODITIES,
    st.fractions(Fraction(1, 1000), 1000, max_denominator=10**6),
)
def test_convert_is_within_half_a_unit_and_symmetric(
    minor: int, source: Commodity, target: Commodity, rate: Fraction
) -> None:
    exact = minor * rate * Fraction(10) ** (target.exponent - source.exponent)
    try:
        converted = convert(minor, source=source, target=target, rate=rate)
    except AmountTooLarge:
        assert abs(exact) > LIMIT_MINOR - 1
        return
    assert abs(converted - exact) <= Fraction(1, 2)
    if abs(converted - exact) == Fraction(1, 2):
        assert converted % 2 == 0
    assert convert(-minor, source=source, target=target, rate=rate) == -converted
