"""Figures and dates as a person reads them."""

from __future__ import annotations

import pytest

from pfh.core.commodity import CurrencyUnknown
from pfh.entry.web.presentation import (
    MINUS,
    NO_BREAK,
    Viewer,
    all_locales,
    count,
    day,
    find_locale,
    find_theme,
    format_money,
    moment,
    money,
    month,
    month_query,
    negated_money,
    percent,
    plain_amount,
    share,
    short_month,
    signed_money,
    use_locale,
    whole_money,
)


@pytest.mark.parametrize(
    ("minor", "code", "locale", "text"),
    [
        (123_456, "EUR", "en", "€1,234.56"),
        (-123_456, "EUR", "en", f"{MINUS}€1,234.56"),
        (0, "EUR", "en", "€0.00"),
        (5, "EUR", "en", "€0.05"),
        (99_999_999_999_999, "EUR", "en", "€999,999,999,999.99"),
        (123_456, "JPY", "en", "¥123,456"),
        (123_456, "KWD", "en", f"KWD{NO_BREAK}123.456"),
        (-123_456, "EUR", "de", f"{MINUS}1.234,56{NO_BREAK}€"),
        (123_456, "EUR", "es", f"1234,56{NO_BREAK}€"),
        (1_234_567, "EUR", "es", f"12.345,67{NO_BREAK}€"),
        (123_456, "CHF", "de-CH", f"CHF{NO_BREAK}1’234.56"),
        (100, "CAD", "en", "CA$1.00"),
    ],
)
def test_money_is_grouped_with_its_currency(minor: int, code: str, locale: str, text: str) -> None:
    assert format_money(minor, code, find_locale(locale)) == text


def test_money_refuses_an_unknown_currency() -> None:
    with pytest.raises(CurrencyUnknown):
        format_money(1, "XYZQ", find_locale("en"))


def test_money_takes_minor_units_and_decimal_text_alike() -> None:
    assert money("-0.05", "EUR") == money(-5, "EUR") == f"{MINUS}€0.05"


def test_a_received_amount_has_a_plus_and_zero_has_no_sign() -> None:
    assert signed_money(1, "EUR") == "+€0.01"
    assert signed_money(-1, "EUR") == f"{MINUS}€0.01"
    assert signed_money("0.00", "EUR") == "€0.00"


def test_what_was_spent_is_shown_as_its_opposite() -> None:
    assert negated_money("12.50", "EUR") == f"{MINUS}€12.50"
    assert negated_money(-1250, "EUR") == "+€12.50"
    assert negated_money(0, "EUR") == "€0.00"


def test_an_amount_in_a_field_has_no_group_sign() -> None:
    assert plain_amount(123_456, "EUR") == "1234.56"


@pytest.mark.parametrize(
    ("minor", "text"),
    [(123_449, "€1,234"), (123_450, "€1,235"), (-123_450, f"{MINUS}€1,235"), (-49, "€0")],
)
def test_money_without_decimals_is_rounded_half_away_from_zero(minor: int, text: str) -> None:
    assert whole_money(minor, "EUR") == text


def test_the_locale_of_the_request_decides_when_it_is_set() -> None:
    use_locale("de-AT")
    try:
        assert money(123_456, "EUR") == f"1.234,56{NO_BREAK}€"
        assert count(12_345) == "12.345"
    finally:
        use_locale("en")
    assert count(12_345) == "12,345"


def test_an_unknown_locale_is_english() -> None:
    assert find_locale("tlh").code == "en"
    assert "de" in all_locales()


def test_days_and_months_are_written_out() -> None:
    assert day("2026-11-03") == "3 Nov 2026"
    assert day("no day") == "no day"
    assert month("2026-11") == month("2026-11-20") == "November 2026"
    assert short_month("2026-01") == "Jan 2026"
    assert moment(1_795_000_000_000_000) == "2026-11-18 11:06 UTC"


def test_a_month_as_a_filter_ends_with_its_last_day() -> None:
    assert month_query("2028-02") == "from=2028-02-01&to=2028-02-29"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 3, "33%"),
        (2, 3, "67%"),
        (1, 2, "50%"),
        (-1, 2, f"{MINUS}50%"),
        (0, 5, "0%"),
        (1, 0, "–"),
    ],
)
def test_a_share_is_rounded_to_whole_percent(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


@pytest.mark.parametrize(
    ("part", "whole", "width"),
    [(1, 1000, 1), (50, 100, 50), (300, 100, 100), (-5, 10, 0), (1, 0, 0)],
)
def test_a_bar_is_between_nothing_and_full(part: int, whole: int, width: int) -> None:
    assert share(part, whole) == width


def test_initials_come_from_first_and_last_word() -> None:
    def initials(name: str) -> str:
        return Viewer(name=name, email="x@y.z", household="h", base_currency="EUR").initials

    assert initials("Ada King Lovelace") == "AL"
    assert initials("Ada") == "A"
    assert initials("") == "X"


@pytest.mark.parametrize(
    ("cookies", "expected"),
    [
        ({"pfh_theme": "dark"}, "dark"),
        ({"pfh_theme": "light"}, "light"),
        ({"pfh_theme": "system"}, None),
        ({"pfh_theme": '"><script>'}, None),
        ({}, None),
    ],
)
def test_takes_only_the_colours_that_there_are(
    cookies: dict[str, str], expected: str | None
) -> None:
    assert find_theme(cookies) == expected
