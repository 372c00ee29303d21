"""Which rates hold on a day, and what amounts are worth by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from pfh.core.account import SystemAccount
from pfh.core.commodity import commodity
from pfh.features.accounts import api as accounts
from pfh.features.rates import store
from pfh.features.rates.store import Exchange, RateRecord
from pfh.ports.database import Connection

# Enough for any amount below 10^18 minor units to convert to the last one.
_DIGITS = Context(prec=40)


@dataclass(frozen=True, slots=True)
class RateInUse:
    """The rate that converts a commodity; `source` is `entered`, `inverse` or `exchange`."""

    commodity: str
    rate: Decimal
    date: str
    source: str


async def latest_rates(
    connection: Connection, household_id: int, quote: str, on_date: str
) -> dict[str, Decimal]:
    """Return commodity → units of `quote` for one unit of it, as known on a day.

    A rate is one that the household entered, the inverse of one, or the one that its last exchange
    between the two implies; the latest day wins, then that order. Commodities without any are
    absent, so is `quote` itself: nothing is ever taken to be worth the same.
    """
    found = await rates_in_use(connection, household_id, quote, on_date)
    return {one.commodity: one.rate for one in found}


async def rates_in_use(
    connection: Connection, household_id: int, quote: str, on_date: str
) -> list[RateInUse]:
    """Return what `latest_rates` returns with day and source, by commodity."""
    entered = await store.latest_entered(connection, household_id, quote, on_date)
    exchange = await accounts.system_account(connection, household_id, SystemAccount.EXCHANGE.value)
    exchanged: Sequence[Exchange] = ()
    if exchange is not None:
        exchanged = await store.last_exchanges(connection, exchange.account_id, quote, on_date)
    return _best(quote, entered, exchanged)


def _best(
    quote: str, entered: Sequence[RateRecord], exchanged: Sequence[Exchange]
) -> list[RateInUse]:
    candidates = [
        *(_implied(quote, one) for one in exchanged),
        *(
            RateInUse(one.quote, _DIGITS.divide(Decimal(1), Decimal(one.rate)), one.date, "inverse")
            for one in entered
            if one.commodity == quote
        ),
        *(
            RateInUse(one.commodity, Decimal(one.rate), one.date, "entered")
            for one in entered
            if one.quote == quote
        ),
    ]
    best: dict[str, RateInUse] = {}
    for one in candidates:
        known = best.get(one.commodity)
        if known is None or one.date >= known.date:
            best[one.commodity] = one
    return [best[code] for code in sorted(best)]


def _implied(quote: str, exchange: Exchange) -> RateInUse:
    """Turn an exchange into a rate: 100.00 EUR for 108.50 USD makes a dollar 100 ÷ 108.50 EUR."""
    scale = commodity(exchange.commodity).exponent - commodity(quote).exponent
    units = Decimal(abs(exchange.quote_minor)).scaleb(scale)
    rate = _DIGITS.divide(units, Decimal(abs(exchange.amount_minor)))
    return RateInUse(exchange.commodity, rate, exchange.date, "exchange")


def total_in(
    amounts: Mapping[str, int], quote: str, rates: Mapping[str, Decimal]
) -> tuple[int, tuple[str, ...]]:
    """Sum amounts of several commodities in one of them.

    Args:
        amounts: commodity code → signed minor units.
        quote: the code of the sum.
        rates: as `latest_rates` returns them for `quote`.

    Returns:
        The sum in minor units of `quote`, each commodity rounded once, half to even; and the codes
        that have an amount but no rate, in order: they are left out of the sum.

    Example: {EUR: 10000, USD: 10850, JPY: 500} in EUR at USD 0.92 → (19982, ("JPY",)).
    """
    total, missing = 0, []
    target = commodity(quote)
    for code, amount_minor in sorted(amounts.items()):
        if code == quote:
            total += amount_minor
        elif not amount_minor:
            continue
        elif code not in rates:
            missing.append(code)
        else:
            scale = Fraction(10) ** (target.exponent - commodity(code).exponent)
            total += round(amount_minor * Fraction(rates[code]) * scale)
    return total, tuple(missing)
