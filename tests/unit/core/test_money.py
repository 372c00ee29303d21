"""Amounts are read exactly or refused with a reason, written back, split and converted."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction

import pytest

from pfh.core.commodity import Commodity, commodity
from pfh.core.errors import Problem
from pfh.core.money import (
    LIMIT_MINOR,
    AmountMalformed,
    AmountMissing,
    AmountNotFinite,
    AmountTooLarge,
    AmountTooPrecise,
    RateInvalid,
    allocate,
    convert,
    format_minor,
    parse_minor,
)

EUR, JPY, KWD, CLF = commodity("EUR"), commodity("JPY"), commodity("KWD"), commodity("CLF")
BTC = commodity("BTC")


@pytest.mark.parametrize(
    ("value", "code", "minor"),
    [
        ("-12.34", "EUR", -1234),
        ("+12.34", "EUR", 1234),
        ("12.3", "EUR", 1230),
        ("12.3400", "EUR", 1234),
        ("012.34", "EUR", 1234),
        (".5", "EUR", 50),
        ("-.50", "EUR", -50),
        ("5.", "EUR", 500),
        ("-0.00", "EUR", 0),
        ("0", "JPY", 0),
        ("1200", "JPY", 1200),
        ("1200.00", "JPY", 1200),
        ("-1.234", "KWD", -1234),
        ("1.2345", "CLF", 12345),
        ("0.00000001", "BTC", 1),
        ("9999999999999.99", "EUR", LIMIT_MINOR - 1),
        ("-999999999999999", "JPY", 1 - LIMIT_MINOR),
        ("0" * 60 + "1.00", "EUR", 100),
        (12, "EUR", 1200),
        (-3, "JPY", -3),
        (Decimal("1E+2"), "EUR", 10000),
        (Decimal("-12.340"), "EUR", -1234),
        (Decimal("0E+999999"), "EUR", 0),
        (Decimal("0E-999999"), "EUR", 0),
    ],
)
def test_parses_exactly_when_the_amount_fits(
    value: str | int | Decimal, code: str, minor: int
) -> None:
    assert parse_minor(value, commodity(code)) == minor


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", AmountMissing),
        (" \t", AmountMissing),
        ("NaN", AmountNotFinite),
        ("-sNaN12", AmountNotFinite),
        ("Infinity", AmountNotFinite),
        ("-inf", AmountNotFinite),
        (Decimal("NaN"), AmountNotFinite),
        (Decimal("-Infinity"), AmountNotFinite),
        ("1e3", AmountMalformed),
        ("1e400", AmountMalformed),
        ("1,234.56", AmountMalformed),
        ("1 000", AmountMalformed),
        (" 1.00", AmountMalformed),
        ("1.00\n", AmountMalformed),
        ("€5", AmountMalformed),
        ("1_000", AmountMalformed),
        ("١٢.٣٤", AmountMalformed),
        ("1.2.3", AmountMalformed),
        ("--1", AmountMalformed),
        ("-", AmountMalformed),
        (".", AmountMalformed),
        ("<script>", AmountMalformed),
        ("1" * 65, AmountMalformed),
        ("0.001", AmountTooPrecise),
        ("12.345", AmountTooPrecise),
        (Decimal("1E-400"), AmountTooPrecise),
        ("10000000000000.00", AmountTooLarge),
        ("-10000000000000", AmountTooLarge),
        (10**13, AmountTooLarge),
        (-(10**400), AmountTooLarge),
        (Decimal("1E+400"), AmountTooLarge),
        (Decimal("1E+999999"), AmountTooLarge),
    ],
)
def test_refuses_with_field_and_fix_when_the_amount_is_unsound(
    value: str | int | Decimal, problem: type[Problem]
) -> None:
    with pytest.raises(problem) as caught:
        parse_minor(value, EUR, field="splits.1.amount")
    assert caught.value.field == "splits.1.amount"
    assert caught.value.fix


@pytest.mark.parametrize(
    ("text", "fix"),
    [("1e3", "exponent"), ("1,5", "point before the decimals"), ("5 €", "currency sign")],
)
def test_says_how_to_write_it_when_the_text_is_malformed(text: str, fix: str) -> None:
    with pytest.raises(AmountMalformed) as caught:
        parse_minor(text, EUR)
    assert caught.value.fix is not None
    assert fix in caught.value.fix


def test_shows_a_short_printable_value_when_the_text_is_hostile() -> None:
    with pytest.raises(AmountMalformed) as caught:
        parse_minor("\x1b[31m" + "x" * 1_000_000, EUR)
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) < 120


def test_costs_nothing_when_the_text_or_the_exponent_is_huge() -> None:
    started = time.process_time()
    hostile: list[str | Decimal] = ["9" * 10_000_000, Decimal("1E+999999999"), "1e999999999"]
    for value in hostile:
        with pytest.raises(Problem):
            parse_minor(value, EUR)
    # Writing out 10^999999999 would take gigabytes and minutes; five seconds are ample.
    assert time.process_time() - started < 5


def test_names_the_largest_amount_when_it_is_too_large() -> None:
    with pytest.raises(AmountTooLarge) as caught:
        parse_minor("1" + "0" * 20, KWD)
    assert "999999999999.999 KWD" in caught.value.detail


@pytest.mark.parametrize(
    ("minor", "code", "text"),
    [
        (0, "EUR", "0.00"),
        (5, "EUR", "0.05"),
        (-5, "EUR", "-0.05"),
        (-50, "EUR", "-0.50"),
        (99, "EUR", "0.99"),
        (100, "EUR", "1.00"),
        (-100, "EUR", "-1.00"),
        (-1234, "EUR", "-12.34"),
        (1200, "JPY", "1200"),
        (-7, "JPY", "-7"),
        (-7, "KWD", "-0.007"),
        (12345, "CLF", "1.2345"),
        (1, "BTC", "0.00000001"),
        (1 - LIMIT_MINOR, "BTC", "-9999999.99999999"),
    ],
)
def test_formats_with_exactly_the_decimals_of_the_commodity(
    minor: int, code: str, text: str
) -> None:
    assert format_minor(minor, commodity(code)) == text


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (-100, (1, 2), (-33, -67)),
        (101, (1, 1), (51, 50)),
        (-101, (1, 1), (-51, -50)),
        (5, (0, 1, 0), (0, 5, 0)),
        (0, (3, 4), (0, 0)),
        (2, (1, 1, 1), (1, 1, 0)),
        (100, (1, 1, 2, 3), (14, 14, 29, 43)),
        (10**15 - 1, (10**20, 1), (10**15 - 1, 0)),
    ],
)
def test_allocates_by_largest_remainder(
    total: int, weights: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    assert allocate(total, weights) == parts


@pytest.mark.parametrize("weights", [(), (0, 0), (1, -1)])
def test_allocate_refuses_when_the_weights_share_nothing(weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)


@pytest.mark.parametrize(
    ("minor", "source", "target", "rate", "converted"),
    [
        (1000, EUR, JPY, Decimal("163.455"), 1635),
        (5, EUR, EUR, Decimal("0.5"), 2),
        (15, EUR, EUR, Decimal("0.5"), 8),
        (-5, EUR, EUR, Decimal("0.5"), -2),
        (1635, JPY, EUR, Fraction(1, 163), 1003),
        (1, KWD, BTC, Decimal("0.00005"), 5),
        (10000, EUR, commodity("USD"), Decimal("1.0850"), 10850),
    ],
)
def test_converts_with_one_rounding_half_to_even(
    minor: int,
    source: Commodity,
    target: Commodity,
    rate: Decimal | Fraction,
    converted: int,
) -> None:
    assert convert(minor, source=source, target=target, rate=rate) == converted


@pytest.mark.parametrize(
    "rate",
    [
        Decimal(0),
        Decimal(-1),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1E+999999"),
        Decimal("1E-999999"),
        Fraction(0),
        Fraction(-1, 2),
        Fraction(10**31),
        Fraction(1, 10**31),
    ],
)
def test_convert_refuses_when_the_rate_is_no_rate(rate: Decimal | Fraction) -> None:
    with pytest.raises(RateInvalid):
        convert(100, source=EUR, target=JPY, rate=rate)


def test_convert_refuses_when_the_result_is_too_large() -> None:
    assert convert(10**14, source=JPY, target=JPY, rate=Decimal("9.99")) == 999 * 10**12
    with pytest.raises(AmountTooLarge) as caught:
        convert(10**14, source=JPY, target=JPY, rate=Decimal(10), field="transferAmount")
    assert caught.value.field == "transferAmount"
