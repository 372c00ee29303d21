"""Exact amounts of money as integers, read from and written to decimal text.

It exists so that no amount is ever a float: every sum, share and conversion is integer or rational
arithmetic with one rounding at its end; see docs/specs/ledger.md §2 and §4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from pfh.core.commodity import Commodity
from pfh.core.errors import Problem

LIMIT_MINOR: Final = 10**15
"""Every amount satisfies |amount| < 10^15 minor units (EUR: under 10 trillion euro)."""
_DIGITS_MAX: Final = 15
# A text longer than this is not looked at: no amount needs it, and int() of a megabyte is slow.
_TEXT_LENGTH_MAX: Final = 64
_SHOWN_LENGTH_MAX: Final = 40
_PLAIN_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_NOT_FINITE: Final = re.compile(r"[+-]?(?:s?nan[0-9]*|inf(?:inity)?)", re.IGNORECASE)
_EXPONENT_FORM: Final = re.compile(r"[+-]?[0-9.]+e[+-]?[0-9]+", re.IGNORECASE)


class AmountMissing(Problem):
    """An amount was expected, the text is empty."""

    code = "amount_missing"


class AmountMalformed(Problem):
    """The text is not a plain decimal number."""

    code = "amount_malformed"


class AmountNotFinite(Problem):
    """The amount is NaN or infinite."""

    code = "amount_not_finite"


class AmountTooLarge(Problem):
    """The amount has 10^15 minor units or more, in either direction."""

    code = "amount_too_large"


class AmountTooPrecise(Problem):
    """The amount has a fraction of a minor unit."""

    code = "amount_too_precise"


class RateInvalid(Problem):
    """An exchange rate is zero, negative, not finite or absurdly large or small."""

    code = "rate_invalid"


def parse_minor(value: str | int | Decimal, commodity: Commodity, *, field: str = "amount") -> int:
    """Read an amount exactly (docs/specs/ledger.md §2.3).

    Args:
        value: decimal text (`-12.34`, `+5`, `.5`), whole units as an int, or a Decimal. Text with
            an exponent is refused; a Decimal with one (a JSON number `1e2`) is taken at its value.
        commodity: gives the number of decimals; more decimals pass only when they are zeros.
        field: the name that a problem carries.

    Returns:
        Signed minor units, |result| < 10^15. No rounding takes place.

    Raises:
        AmountMissing, AmountMalformed, AmountNotFinite, AmountTooLarge, AmountTooPrecise.

    Example: "-12.34" in EUR → -1234; "12" in JPY → 12; "0.00000001" in BTC → 1.
    """
    if isinstance(value, str):
        minor = _fast_reader(commodity.exponent)(value)
        return _parse_text(value, commodity, field) if minor is None else minor
    if isinstance(value, Decimal):
        minor = _fast_reader(commodity.exponent)(str(value))
        return _from_decimal(value, commodity, field) if minor is None else minor
    if isinstance(value, int):
        value = Decimal(value) if -LIMIT_MINOR < value < LIMIT_MINOR else Decimal(LIMIT_MINOR)
    return _from_decimal(value, commodity, field)


@lru_cache(maxsize=32)
def _fast_reader(exponent: int) -> Callable[[str], int | None]:
    """Return a reader of the usual shape (`-12.34`, all decimals); None for any other."""
    whole_digits_max = _DIGITS_MAX - exponent
    decimals = rf"\.[0-9]{{{exponent}}}" if exponent else ""
    usual = re.compile(rf"-?[0-9]{{1,{whole_digits_max}}}{decimals}").fullmatch

    def read(text: str) -> int | None:
        return int(text.replace(".", "")) if usual(text) else None

    return read


def _shown(text: str) -> str:
    kept = text if len(text) <= _SHOWN_LENGTH_MAX else text[:_SHOWN_LENGTH_MAX] + "…"
    return ascii(kept) if not kept.isprintable() else f"“{kept}”"


def _parse_text(text: str, commodity: Commodity, field: str) -> int:
    stripped = text[: _TEXT_LENGTH_MAX + 1]
    if not stripped.strip():
        raise AmountMissing("The amount is empty.", field=field, fix="Write an amount like 12.34.")
    if _NOT_FINITE.fullmatch(stripped):
        raise AmountNotFinite(
            f"{_shown(text)} is not an amount of money.", field=field, fix="Write a number."
        )
    if len(text) > _TEXT_LENGTH_MAX or not _PLAIN_DECIMAL.fullmatch(text):
        raise AmountMalformed(
            f"{_shown(text)} is not a plain decimal number.",
            field=field,
            fix=_fix_of_malformed(stripped),
        )
    return _from_decimal(Decimal(text), commodity, field)


def _fix_of_malformed(text: str) -> str:
    if _EXPONENT_FORM.fullmatch(text):
        return "Write all digits instead of an exponent: 1000 and not 1e3."
    if "," in text:
        return "Use a point before the decimals and nothing between thousands: 1234.56."
    return "Write digits with at most one point, like -12.34, without a currency sign or spaces."


def _from_decimal(value: Decimal, commodity: Commodity, field: str) -> int:
    if not value.is_finite():
        raise AmountNotFinite(
            f"{value} is not an amount of money.", field=field, fix="Write a number."
        )
    if not value:
        return 0
    # The size is judged by the position of the first digit, so that 1e400 is never written out.
    if value.adjusted() + commodity.exponent >= _DIGITS_MAX:
        raise _too_large(commodity, field)
    negative, digits, position = value.as_tuple()
    # Finite values have an integer position; the type also covers "n", "N" and "F".
    shift = int(position) + commodity.exponent
    kept = digits if shift >= 0 else digits[:shift]
    if shift < 0 and any(digits[shift:]):
        raise AmountTooPrecise(
            f"{_shown(str(value))} has more decimals than {commodity.code} has"
            f" ({commodity.exponent}).",
            field=field,
            fix=f"Round it to {commodity.exponent} decimals.",
        )
    magnitude = int("".join(map(str, kept)) + "0" * max(shift, 0))
    return -magnitude if negative else magnitude


def _too_large(commodity: Commodity, field: str) -> AmountTooLarge:
    largest = format_minor(LIMIT_MINOR - 1, commodity)
    return AmountTooLarge(
        f"The amount is larger than {largest} {commodity.code}.",
        field=field,
        fix=f"Write at most {largest}.",
    )


def format_minor(amount_minor: int, commodity: Commodity) -> str:
    """Write minor units as decimal text with exactly the commodity's decimals (§2.4).

    Example: -5 in EUR → "-0.05"; 1200 in JPY → "1200"; 1 in BTC → "0.00000001"; 0 → "0.00".
    """
    exponent = commodity.exponent
    if not exponent:
        return str(amount_minor)
    digits = str(amount_minor)
    # The usual case needs no padding: a digit before the point remains, even beside a sign.
    if len(digits) > exponent + 1:
        return f"{digits[:-exponent]}.{digits[-exponent:]}"
    sign = "-" if amount_minor < 0 else ""
    digits = str(abs(amount_minor)).zfill(exponent + 1)
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}"


def read_formatted(text: str, commodity: Commodity) -> int:
    """Read back what `format_minor` wrote; a sum may be larger than any one amount.

    Raises:
        ValueError: the text was not written by `format_minor` (a programmer error).

    Example: "10000000000999.99" in EUR → 1000000000099999.
    """
    whole, _, decimals = text.partition(".")
    if len(decimals) > commodity.exponent:
        message = f"{text} has more decimals than {commodity.code}"
        raise ValueError(message)
    return int(whole + decimals.ljust(commodity.exponent, "0"))


def allocate(total_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split `total_minor` by `weights` so that the parts add up to it exactly.

    Rounding: largest remainder; ties go to the earlier weight (docs/specs/ledger.md §4.2). A
    negative total is split as its opposite is, with the signs turned.

    Args:
        total_minor: signed minor units.
        weights: length n ≥ 1, each ≥ 0, at least one > 0. Order is kept.

    Returns:
        n amounts with the sign of the total or zero; their sum is `total_minor`; a larger weight
        never gets less; a weight of zero gets zero.

    Raises:
        ValueError: weights empty, negative or all zero (a programmer error, not user input).

    Example: 100 over (1, 1, 1) → (34, 33, 33); -100 over (1, 2) → (-33, -67).
    """
    if not weights or min(weights) < 0 or not any(weights):
        message = "weights must be one or more integers ≥ 0, at least one of them > 0"
        raise ValueError(message)
    size = sum(weights)
    shares = [divmod(abs(total_minor) * weight, size) for weight in weights]
    parts = [quotient for quotient, _ in shares]
    left = abs(total_minor) - sum(parts)
    # sorted() is stable, so equal remainders keep the order of their weights.
    for index in sorted(range(len(shares)), key=lambda index: -shares[index][1])[:left]:
        parts[index] += 1
    return tuple(parts) if total_minor >= 0 else tuple(-part for part in parts)


def convert(
    amount_minor: int,
    *,
    source: Commodity,
    target: Commodity,
    rate: Decimal | Fraction,
    field: str = "amount",
) -> int:
    """Convert an amount by an exact rate, with one rounding, half to even, at the end (§4.1).

    Args:
        amount_minor: signed minor units of `source`.
        source: what is given.
        target: what is wanted.
        rate: units of `target` for one unit of `source` (EUR→USD 1.0850), 10^-30 ≤ rate ≤ 10^30.
        field: the name that a problem carries.

    Returns:
        Signed minor units of `target`.

    Raises:
        RateInvalid, AmountTooLarge.

    Example: 10.00 EUR at 163.455 JPY → 1635 JPY (1634.55 rounded).
    """
    exact_rate = _checked_rate(rate)
    scale = Fraction(10) ** (target.exponent - source.exponent)
    converted = round(amount_minor * exact_rate * scale)
    if abs(converted) >= LIMIT_MINOR:
        raise _too_large(target, field)
    return converted


_RATE_DIGITS_MAX: Final = 30


def _checked_rate(rate: Decimal | Fraction) -> Fraction:
    if isinstance(rate, Decimal):
        # As above: a Decimal is measured before it is written out as a fraction.
        usable = rate.is_finite() and abs(rate.adjusted()) <= _RATE_DIGITS_MAX and rate > 0
    else:
        usable = Fraction(1, 10**_RATE_DIGITS_MAX) <= rate <= 10**_RATE_DIGITS_MAX
    if not usable:
        raise RateInvalid(
            "The exchange rate is not a positive number of a usable size.",
            field="rate",
            fix="Write how many units are bought with one unit, like 1.085.",
        )
    return Fraction(rate)
