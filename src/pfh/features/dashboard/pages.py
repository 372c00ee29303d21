"""The page of the dashboard."""

from __future__ import annotations

from litestar import get

from pfh.core.errors import Problem
from pfh.features.dashboard.read_page import read_dashboard_page
from pfh.features.dashboard.views import FirstRunView
from pfh.features.forms.api import Toast
from pfh.features.web.api import Page, PageRequest, go_to, query_values, services_of, show_page


@get("/dashboard")
async def dashboard_page(request: PageRequest) -> Page:
    """Show a month; a household without any transaction is told what to do first."""
    period = query_values(request).get("period")
    try:
        view = await read_dashboard_page(services_of(request), request.user, period)
    except Problem as problem:
        if problem.field != "period":
            raise
        return go_to(request, "/dashboard", toast=Toast(message=problem.detail, tone="error"))
    if isinstance(view, FirstRunView):
        return await show_page(request, "dashboard/first_run.html", view=view)
    return await show_page(request, "dashboard/page.html", view=view)


routes = [dashboard_page]
