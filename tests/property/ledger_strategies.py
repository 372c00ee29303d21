"""Entries of every type, as a person could make them."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from pfh.core.commodity import commodity
from pfh.core.entry import Entry, Heading, Status
from pfh.core.identity_types import AccountId
from pfh.core.transaction import Holding, Split, expense, income, opening, transfer

HOLDINGS = tuple(
    Holding(AccountId(number), commodity(code))
    for number, code in enumerate(("EUR", "EUR", "USD", "JPY", "BTC"), start=1)
)
CATEGORIES = tuple(AccountId(number) for number in range(10, 16))
OPENING_BALANCES, EXCHANGE = AccountId(20), AccountId(21)

DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)
POSITIVE = st.integers(1, 10**12)
NOT_ZERO = st.integers(-(10**12), 10**12).filter(bool)
HEADINGS = st.builds(
    Heading,
    entry_date=DATES,
    description=st.text("abcé ", max_size=10),
    status=st.sampled_from(Status),
)


@st.composite
def in_or_out(draw: st.DrawFn) -> Entry:
    """Return an income or expense over one to five categories, deductions among them."""
    shares = draw(st.lists(NOT_ZERO, min_size=1, max_size=5).filter(lambda found: sum(found) > 0))
    splits = [Split(draw(st.sampled_from(CATEGORIES)), share) for share in shares]
    build = draw(st.sampled_from((income, expense)))
    return build(draw(HEADINGS), draw(st.sampled_from(HOLDINGS)), sum(shares), splits)


@st.composite
def moved(draw: st.DrawFn) -> Entry:
    """Return a transfer, through the exchange when the currencies differ."""
    source, target = draw(st.permutations(HOLDINGS))[:2]
    exchanged = source.commodity != target.commodity
    return transfer(
        draw(HEADINGS),
        source,
        target,
        draw(POSITIVE),
        exchange_id=EXCHANGE,
        transfer_amount_minor=draw(POSITIVE) if exchanged else None,
    )


@st.composite
def opened(draw: st.DrawFn) -> Entry:
    """Return an opening balance of either sign."""
    holding = draw(st.sampled_from(HOLDINGS))
    return opening(draw(HEADINGS), holding, draw(NOT_ZERO), opening_balances_id=OPENING_BALANCES)


ENTRIES = st.one_of(in_or_out(), moved(), opened())
