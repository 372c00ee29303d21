"""JSON of exchange rates: a rate is an exact decimal string."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

PAGE_MAX = 200


class RateInput(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How many units of `quote` one unit of `commodity` is worth on a day."""

    commodity: str
    quote: str
    date: str
    rate: Decimal


class RateKey(msgspec.Struct, frozen=True, rename="camel"):
    """Which rate."""

    commodity: str
    quote: str
    date: str


class RateQuery(msgspec.Struct, frozen=True, rename="camel"):
    """Which page of the rates."""

    cursor: Annotated[str, Meta(description="nextCursor of the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 50


class RateView(msgspec.Struct, frozen=True, rename="camel"):
    """A rate that somebody entered."""

    commodity: str
    quote: str
    date: str
    rate: str


class RateAnswer(RateView, frozen=True, rename="camel"):
    """A rate after a write."""

    household_seq: int


class RateRemovedAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A rate was removed."""

    commodity: str
    quote: str
    date: str
    household_seq: int


class RateInUseView(msgspec.Struct, frozen=True, rename="camel"):
    """The rate that turns a commodity into the base currency today.

    `source`: `entered`, `inverse` of one entered, or `exchange` for the last own exchange.
    """

    commodity: str
    rate: str
    date: str
    source: str


class RateList(msgspec.Struct, frozen=True, rename="camel"):
    """Entered rates, latest first; `inUse` are those against `baseCurrency` today."""

    items: list[RateView]
    next_cursor: str | None
    base_currency: str
    in_use: list[RateInUseView]
