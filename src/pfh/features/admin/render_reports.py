"""The reports of a household as the bytes that a reader gets, to compare two installations.

It exists so that a move proves what people see, not only what is stored: dashboards past the cache,
and every transaction as the CSV export writes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from pfh.core.period import FIRST_DATE
from pfh.features.dashboard import api as dashboard
from pfh.features.ledger import api as ledger
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_SPAN: Final = """
    SELECT MIN(date), MAX(date), (SELECT MIN(user_id) FROM memberships WHERE household_id = $1)
    FROM entries WHERE household_id = $1"""


async def render_reports(
    services: Services, household_id: int, *, from_journal: bool
) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the pieces of the reports with their names, in an order that depends on the books.

    Every view of the dashboard of the first, the last and the last but one month with entries, then
    the export piece by piece.

    Args:
        services: the ports; nothing is written.
        household_id: whose.
        from_journal: add the dashboards up from the journal, else read the read model.
    """

    async def span(connection: Connection) -> tuple[str | None, str | None, int]:
        row = await connection.fetch_one(_SPAN, household_id)
        return (row[0], row[1], int(row[2] or 0)) if row else (None, None, 0)

    first, last, user_id = await services.database.read(span)
    if first is not None and last is not None:
        before = max(dashboard.month_before(last[:7]), FIRST_DATE[:7])
        for period in dict.fromkeys((first[:7], before, last[:7])):
            views = await dashboard.read_views(
                services, household_id, period, from_journal=from_journal
            )
            for name, body in views.items():
                yield f"{name} {period}", body
    actor = Actor(
        user_id=user_id,
        household_id=household_id,
        household_role="viewer",
        role="user",
        session_id=0,
        correlation_id="reports",
    )
    pieces = await ledger.export_transactions(services, actor, ledger.ListFilter())
    number = 0
    async for piece in pieces:
        number += 1
        yield f"transactions.csv, piece {number}", piece
