"""What money is counted in: currencies, metals and cryptocurrencies, each with its decimals.

It exists because the same digits are different money: 1000 minor units are 10.00 EUR, 1000 JPY or
1.000 KWD; see docs/specs/ledger.md §3.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pfh.core import commodity_table
from pfh.core.errors import Problem

EXPONENT_MAX: Final = 8
_SHOWN_LENGTH_MAX: Final = 20


class CommodityKind(StrEnum):
    """The family of a commodity, for grouping in lists of choice."""

    CURRENCY = "currency"
    WITHDRAWN = "withdrawn"
    METAL = "metal"
    CRYPTOCURRENCY = "cryptocurrency"


@dataclass(frozen=True, slots=True)
class Commodity:
    """One thing that amounts are counted in.

    Attributes:
        code: capital letters, stable, unique (ISO 4217 where there is one): `EUR`.
        exponent: decimals of one unit, 0 to 8: one unit is 10^exponent minor units.
        name: in English: `Euro`.
        symbol: for display, the code where there is none: `€`.
        kind: its family.
        withdrawn_on: last day of use as ISO text, for a withdrawn currency; else None.
    """

    code: str
    exponent: int
    name: str
    symbol: str
    kind: CommodityKind = CommodityKind.CURRENCY
    withdrawn_on: str | None = None


class CurrencyUnknown(Problem):
    """No commodity has this code."""

    code = "currency_unknown"


def commodity(code: str, *, field: str = "currency") -> Commodity:
    """Return the commodity of a code in capital letters.

    Raises:
        CurrencyUnknown: with the right spelling when only case or blanks are wrong.

    Example: commodity("KWD").exponent → 3.
    """
    found = _BY_CODE.get(code)
    if found is None:
        raise _unknown(code, field)
    return found


def all_commodities() -> tuple[Commodity, ...]:
    """Return every commodity: currencies, withdrawn ones, metals, cryptocurrencies."""
    return tuple(_BY_CODE.values())


def _unknown(code: str, field: str) -> CurrencyUnknown:
    shown = code if len(code) <= _SHOWN_LENGTH_MAX else code[:_SHOWN_LENGTH_MAX] + "…"
    shown = f"“{shown}”" if shown.isprintable() else ascii(shown)
    near = _BY_CODE.get(code[: _SHOWN_LENGTH_MAX + 1].strip().upper())
    return CurrencyUnknown(
        f"{shown} is not a currency that we know." if code else "The currency is empty.",
        field=field,
        fix=f"Write {near.code}." if near else "Use the three-letter code, like EUR, USD or JPY.",
    )


def _lines(table: str, columns: int) -> list[list[str]]:
    return [line.split(" ", columns - 1) for line in table.strip().splitlines()]


def _load() -> dict[str, Commodity]:
    symbols = {code: symbol for code, symbol in _lines(commodity_table.SYMBOLS, 2)}  # noqa: C416 -- dict() of lists of str is not typed.
    loaded: dict[str, Commodity] = {}

    def add(code: str, exponent: int, name: str, kind: CommodityKind, last: str | None) -> None:
        loaded[code] = Commodity(code, exponent, name, symbols.get(code, code), kind, last)

    currencies = [
        (code, exponent, name)
        for exponent, table in (
            (0, commodity_table.NO_DECIMALS),
            (2, commodity_table.TWO_DECIMALS),
            (3, commodity_table.THREE_DECIMALS),
            (4, commodity_table.FOUR_DECIMALS),
        )
        for code, name in _lines(table, 2)
    ]
    for code, exponent, name in sorted(currencies):
        add(code, exponent, name, CommodityKind.CURRENCY, None)
    for code, decimals, last, name in _lines(commodity_table.WITHDRAWN, 4):
        add(code, int(decimals), name, CommodityKind.WITHDRAWN, last)
    for kind, table in (
        (CommodityKind.METAL, commodity_table.METALS),
        (CommodityKind.CRYPTOCURRENCY, commodity_table.CRYPTOCURRENCIES),
    ):
        for code, decimals, name in _lines(table, 3):
            add(code, int(decimals), name, kind, None)
    return loaded


_BY_CODE: Final = _load()
