"""Reading the dashboard: from the read model through the cache, or from the journal when it lags.

A read that names a `householdSeq` sees that write: it waits a little for the projection, then
computes from the journal; so does every read while the read model's server is down. Slower, never
wrong, and the answer's own `householdSeq` says how fresh it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec

from pfh.core.period import parse_month
from pfh.features.accounts import api as accounts
from pfh.features.accounts.api import AccountRecord
from pfh.features.dashboard import render as views_of
from pfh.features.dashboard.figures import Facts, Figures, figures_of, month_before
from pfh.features.dashboard.ledger_documents import read_from_ledger
from pfh.features.households import api as households
from pfh.features.rates import api as rates
from pfh.observability.logging import get_logger
from pfh.persistence.event_reader import household_seq
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.documents import Document, DocumentsUnavailable, Range
from pfh.ports.event_log import Head
from pfh.ports.services import Services

WAIT_SECONDS: Final = 0.25
MONTHS_DEFAULT: Final = 12
_STEP_SECONDS: Final = 0.01
_TREND_MONTHS: Final = 120
_FIRST_MONTH, _LAST_MONTH = "1900-01", "2199-12"
_EVERY_MONTH: Final = Range("monthly_summaries", _FIRST_MONTH, _LAST_MONTH)
_LOGGER: Final = get_logger(__name__)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader wants: a month or None for the last with data, and a write it must see."""

    period: str | None = None
    at_least_seq: int = 0


async def read_dashboard(
    services: Services,
    actor: Actor,
    asked: Asked,
    *,
    view: str,
    render: Callable[[Figures, int], msgspec.Struct],
) -> bytes:
    """Return the JSON of one view of the dashboard.

    Args:
        services: the ports.
        actor: whose household.
        asked: the month and the write to see.
        view: the name of the view, for the cache.
        render: turns figures and their sequence number into the answer.

    Raises:
        PeriodInvalid, PeriodOutOfRange.
    """
    if asked.period is not None:
        parse_month(asked.period)

    async def load() -> bytes:
        figures, sequence = await _from_documents(services, actor.household_id, asked)
        return _encode(render(figures, sequence))

    try:
        head = await _caught_up(services, actor.household_id, asked.at_least_seq)
        if head is not None:
            key = _key(services, actor.household_id, asked, view)
            return await services.cache.get_or_load(key, version=head, load=load)
    except DocumentsUnavailable as error:
        _LOGGER.warning("read_model_unavailable", reason=str(error))
    figures, sequence = await _from_ledger(services, actor.household_id, asked)
    return _encode(render(figures, sequence))


async def warm_views(services: Services, household_id: int, views: Collection[str]) -> None:
    """Put into the cache what a household's members read next when they name no month.

    The figures are read once for all views, and only when one of them is not in the cache.

    Args:
        services: the ports.
        household_id: whose.
        views: some of WARMED_VIEWS.

    Raises:
        DocumentsUnavailable, HouseholdNotFound.
    """
    asked = Asked()
    head = await services.documents.head(household_id)
    read: tuple[Figures, int] | None = None
    for view in views:

        async def load(view: str = view) -> bytes:
            nonlocal read
            if read is None:
                read = await _from_documents(services, household_id, asked)
            return _encode(_LATEST_VIEWS[view](*read))

        key = _key(services, household_id, asked, view)
        await services.cache.get_or_load(key, version=head, load=load)


def _latest_trends(figures: Figures, sequence: int) -> msgspec.Struct:
    return views_of.trends(figures, sequence, months=MONTHS_DEFAULT)


_LATEST_VIEWS: Final[dict[str, Callable[[Figures, int], msgspec.Struct]]] = {
    "dashboard": views_of.dashboard,
    "summary": views_of.summary,
    "categories": views_of.categories,
    f"trends-{MONTHS_DEFAULT}": _latest_trends,
}
WARMED_VIEWS: Final = tuple(_LATEST_VIEWS)
"""The views as the JSON API shows them when nothing is asked for; each is a key of the cache."""


async def read_figures(services: Services, actor: Actor, asked: Asked) -> Figures:
    """Return the figures themselves, for a page; raises as `read_dashboard` does."""
    if asked.period is not None:
        parse_month(asked.period)
    try:
        head = await _caught_up(services, actor.household_id, asked.at_least_seq)
        read = _from_ledger if head is None else _from_documents
        figures, _ = await read(services, actor.household_id, asked)
    except DocumentsUnavailable as error:
        _LOGGER.warning("read_model_unavailable", reason=str(error))
        figures, _ = await _from_ledger(services, actor.household_id, asked)
    return figures


async def read_views(
    services: Services, household_id: int, period: str, *, from_journal: bool
) -> dict[str, bytes]:
    """Return the JSON of every view of a month, past the cache and without waiting for anything.

    Args:
        services: the ports.
        household_id: whose.
        period: a month, `YYYY-MM`.
        from_journal: add everything up from the journal instead of reading the read model.
    """
    read = _from_ledger if from_journal else _from_documents
    figures, sequence = await read(services, household_id, Asked(period))
    views = {
        "dashboard": views_of.dashboard(figures, sequence),
        "summary": views_of.summary(figures, sequence),
        "categories": views_of.categories(figures, sequence),
        "trends": views_of.trends(figures, sequence, months=_TREND_MONTHS),
    }
    return {name: _encode(view) for name, view in views.items()}


def _key(services: Services, household_id: int, asked: Asked, view: str) -> str:
    # Without a period the answer may change with the month, though nothing was written.
    period = asked.period or f"latest-{services.clock.today()[:7]}"
    return f"dashboard:{household_id}:{period}:{view}"


async def _caught_up(services: Services, household_id: int, at_least_seq: int) -> Head | None:
    """Return how far the read model is once it has the wanted write; None when it stays behind.

    Every household has events, so one at none is just being made: it would show nothing at all.
    """
    head = await services.documents.head(household_id)
    waited = 0.0
    while head.household_seq < max(at_least_seq, 1):
        if waited >= WAIT_SECONDS:
            return None
        await asyncio.sleep(_STEP_SECONDS)
        waited += _STEP_SECONDS
        head = await services.documents.head(household_id)
    return head


async def _from_documents(
    services: Services, household_id: int, asked: Asked
) -> tuple[Figures, int]:
    period = asked.period
    if period is None:
        _, [monthly] = await services.documents.read(household_id, [_EVERY_MONTH])
        period = _last_with_data(monthly, services.clock.today())
    head, found = await services.documents.read(household_id, _ranges(period))

    # After the documents, so that no document tells of a category that was made meanwhile.
    async def around(connection: Connection) -> tuple[Surroundings, dict[str, Decimal]]:
        surroundings = await _surroundings(connection, household_id)
        return surroundings, await _rates(connection, household_id, surroundings.base, period)

    surroundings, known = await services.database.read_to_show(around, household_id)
    return _figures(period, surroundings, known, found), head.household_seq


async def _from_ledger(services: Services, household_id: int, asked: Asked) -> tuple[Figures, int]:
    today = services.clock.today()

    async def unit(connection: Connection) -> tuple[Figures, int]:
        async def documents_of(one: Range) -> list[Document]:
            return await read_from_ledger(connection, household_id, one)

        surroundings = await _surroundings(connection, household_id)
        period = asked.period or _last_with_data(await documents_of(_EVERY_MONTH), today)
        found = [await documents_of(one) for one in _ranges(period)]
        known = await _rates(connection, household_id, surroundings.base, period)
        head = await household_seq(connection, household_id)
        return _figures(period, surroundings, known, found), head

    return await services.database.read_to_show(unit, household_id)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the figures need beside documents: the account tree and the base commodity."""

    tree: list[AccountRecord]
    base: str


async def _surroundings(connection: Connection, household_id: int) -> Surroundings:
    return Surroundings(
        await accounts.all_accounts(connection, household_id),
        await households.base_commodity_of(connection, household_id),
    )


async def _rates(
    connection: Connection, household_id: int, base: str, period: str
) -> dict[str, Decimal]:
    return await rates.latest_rates(connection, household_id, base, parse_month(period).last)


def _ranges(period: str) -> list[Range]:
    month = parse_month(period)
    return [
        _EVERY_MONTH,
        Range("daily_category_spend", f"{month_before(period)}-01", month.last),
        Range("balance_history", _FIRST_MONTH, _LAST_MONTH),
    ]


def _figures(
    period: str,
    surroundings: Surroundings,
    known: dict[str, Decimal],
    found: list[list[Document]],
) -> Figures:
    monthly, daily, history = found
    return figures_of(
        Facts(
            period=period,
            base=surroundings.base,
            rates=known,
            accounts=surroundings.tree,
            monthly=monthly,
            daily=daily,
            history=history,
        )
    )


def _last_with_data(monthly: list[Document], today: str) -> str:
    """Return the last month up to today in which anything happened, else this month."""
    present = today[:7]
    return max((d.period for d in monthly if d.count and d.period <= present), default=present)
