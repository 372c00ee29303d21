"""Listing rates: what was entered, and what converts into the base currency today."""

from __future__ import annotations

import re

from pfh.core.period import date_problem
from pfh.features.households import api as households
from pfh.features.rates import store
from pfh.features.rates.errors import RateCursorInvalid
from pfh.features.rates.latest_rates import rates_in_use
from pfh.features.rates.schemas import RateInUseView, RateList, RateView
from pfh.features.rates.set_rate import rate_text
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_CURSOR = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.([A-Z0-9]{2,10})\.([A-Z0-9]{2,10})")
_FIRST = ("9999-12-31", "~", "~")


async def list_rates(
    services: Services, actor: Actor, *, cursor: str | None, limit: int
) -> RateList:
    """Return a page of entered rates with the rates in use.

    Raises:
        RateCursorInvalid: the cursor is not one of this list.
    """
    before = _before(cursor)
    today = services.clock.today()

    async def unit(connection: Connection) -> RateList:
        base = await households.base_commodity_of(connection, actor.household_id)
        found = await store.page_of_rates(
            connection, actor.household_id, before=before, limit=limit + 1
        )
        page, more = found[:limit], len(found) > limit
        in_use = await rates_in_use(connection, actor.household_id, base, today)
        last = page[-1] if page else None
        return RateList(
            [RateView(one.commodity, one.quote, one.date, one.rate) for one in page],
            f"{last.date}.{last.commodity}.{last.quote}" if last and more else None,
            base,
            [
                RateInUseView(one.commodity, rate_text(one.rate), one.date, one.source)
                for one in in_use
            ],
        )

    return await services.database.read(unit)


def _before(cursor: str | None) -> tuple[str, str, str]:
    if not cursor:
        return _FIRST
    found = _CURSOR.fullmatch(cursor)
    if found is None or date_problem(found[1], field="cursor") is not None:
        raise RateCursorInvalid(
            "The cursor was not made by this list.",
            field="cursor",
            fix="Start again without a cursor.",
        )
    return found[1], found[2], found[3]
