"""The table agrees with ISO 4217 and answers unknown codes precisely."""

from __future__ import annotations

import re

import pytest

from pfh.core.commodity import (
    EXPONENT_MAX,
    CommodityKind,
    CurrencyUnknown,
    all_commodities,
    commodity,
)

# ISO 4217 list one: the currencies whose minor unit is not 2, copied apart from the table.
NOT_TWO = {
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF": 0,
    "BHD IQD JOD KWD LYD OMR TND": 3,
    "CLF UYW": 4,
}


def test_exponents_agree_with_iso_4217() -> None:
    wanted = {code: exponent for codes, exponent in NOT_TWO.items() for code in codes.split()}
    listed = {
        item.code: item.exponent
        for item in all_commodities()
        if item.kind is CommodityKind.CURRENCY and item.exponent != 2
    }
    assert listed == wanted


def test_holds_every_current_currency_once() -> None:
    codes = [item.code for item in all_commodities()]
    assert len(codes) == len(set(codes))
    current = [item for item in all_commodities() if item.kind is CommodityKind.CURRENCY]
    assert len(current) == 165
    assert all(re.fullmatch("[A-Z]{3}", item.code) for item in current)
    assert [item.code for item in current] == sorted(item.code for item in current)
    for code in (
        "EUR",
        "XCG",
        "ZWG",
        "SLE",
        "VED",
        "VES",
        "MRU",
        "STN",
        "XAD",
        "CHE",
        "MXV",
        "USN",
    ):
        assert commodity(code).kind is CommodityKind.CURRENCY


def test_every_commodity_can_be_shown_and_counted() -> None:
    for item in all_commodities():
        assert item.name.strip() == item.name != ""
        assert item.symbol.strip() == item.symbol != ""
        assert 0 <= item.exponent <= EXPONENT_MAX
        assert (item.withdrawn_on is not None) == (item.kind is CommodityKind.WITHDRAWN)


@pytest.mark.parametrize(
    ("code", "exponent", "symbol", "name"),
    [
        ("EUR", 2, "€", "Euro"),
        ("XOF", 0, "F CFA", "CFA Franc BCEAO"),
        ("CHF", 2, "CHF", "Swiss Franc"),
        ("BTC", 8, "₿", "Bitcoin"),
        ("ETH", 8, "Ξ", "Ether"),
        ("XAU", 6, "XAU", "Gold (troy ounce)"),
        ("DEM", 2, "DEM", "Deutsche Mark"),
        ("ITL", 0, "ITL", "Italian Lira"),
    ],
)
def test_knows_decimals_symbol_and_name(code: str, exponent: int, symbol: str, name: str) -> None:
    found = commodity(code)
    assert (found.exponent, found.symbol, found.name) == (exponent, symbol, name)


def test_says_the_last_day_when_a_currency_is_withdrawn() -> None:
    assert commodity("HRK").withdrawn_on == "2022-12-31"


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("eur", "Write EUR."),
        (" EUR ", "Write EUR."),
        ("XYZ", "three-letter"),
        ("XXX", "three-letter"),
        ("", "three-letter"),
        ("E\x00R", "three-letter"),
        ("A" * 1_000_000, "three-letter"),
    ],
)
def test_refuses_with_the_right_spelling_when_the_code_is_unknown(code: str, fix: str) -> None:
    with pytest.raises(CurrencyUnknown) as caught:
        commodity(code, field="accounts.0.currency")
    assert caught.value.field == "accounts.0.currency"
    assert fix in (caught.value.fix or "")
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) < 80
