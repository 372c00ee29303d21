"""The JSON face of the dashboard; hot reads answer bytes that the cache has encoded once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from litestar import Response, get

from pfh.features.dashboard import render
from pfh.features.dashboard.figures import Figures
from pfh.features.dashboard.read_dashboard import MONTHS_DEFAULT, Asked, read_dashboard
from pfh.features.dashboard.schemas import (
    DashboardAnswer,
    DashboardCategories,
    DashboardSummary,
    DashboardTrends,
)
from pfh.features.web.api import (
    JsonAnswer,
    WebRequest,
    describe,
    identifier,
    parse_query,
    services_of,
)


class DashboardQuery(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """Which month, and which write the answer must show."""

    period: str | None = None
    household_seq: str | None = None


class TrendsQuery(DashboardQuery, frozen=True, rename="camel", forbid_unknown_fields=True):
    """As the dashboard, and how many months, the period being the last."""

    months: int = msgspec.field(default=MONTHS_DEFAULT)


_MONTHS_MAX: Final = 120


@get(
    "/api/dashboard",
    opt=describe(
        "A month at a glance; without a period the last one with data",
        query=DashboardQuery,
        answer=DashboardAnswer,
    ),
)
async def show(request: WebRequest) -> Response[bytes]:
    """Return the dashboard."""
    return await _answer(request, DashboardQuery, "dashboard", render.dashboard)


@get(
    "/api/dashboard/summary",
    opt=describe(
        "Totals of a month and of the month before", query=DashboardQuery, answer=DashboardSummary
    ),
)
async def show_summary(request: WebRequest) -> Response[bytes]:
    """Return the totals."""
    return await _answer(request, DashboardQuery, "summary", render.summary)


@get(
    "/api/dashboard/categories",
    opt=describe(
        "Totals of every category that moved", query=DashboardQuery, answer=DashboardCategories
    ),
)
async def show_categories(request: WebRequest) -> Response[bytes]:
    """Return the categories."""
    return await _answer(request, DashboardQuery, "categories", render.categories)


@get(
    "/api/dashboard/trends",
    opt=describe(
        "Income, expenses and net worth month by month", query=TrendsQuery, answer=DashboardTrends
    ),
)
async def show_trends(request: WebRequest) -> Response[bytes]:
    """Return the months."""
    query = parse_query(request, TrendsQuery)
    months = max(1, min(query.months, _MONTHS_MAX))

    def rendered(figures: Figures, household_seq: int) -> msgspec.Struct:
        return render.trends(figures, household_seq, months=months)

    return await _answer(request, TrendsQuery, f"trends-{months}", rendered)


async def _answer(
    request: WebRequest,
    query_type: type[DashboardQuery],
    view: str,
    rendered: Callable[[Figures, int], msgspec.Struct],
) -> Response[bytes]:
    services = services_of(request)
    query = parse_query(request, query_type)
    asked = Asked(query.period or None, identifier(query.household_seq or ""))
    body = await read_dashboard(services, request.user, asked, view=view, render=rendered)
    return JsonAnswer(body)


routes = [show, show_summary, show_categories, show_trends]
