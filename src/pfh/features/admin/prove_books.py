"""Proving every household's books, for the administrator's page."""

from __future__ import annotations

import time
from typing import Final

from pfh.features.admin.page_views import BooksPage, ProofLine
from pfh.features.admin.prove_household import CHAIN, all_households, prove_household
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

FAILURES_SHOWN: Final = 20
_COUNTS = "SELECT (SELECT COUNT(*) FROM entries), (SELECT COUNT(*) FROM events)"


async def prove_books(services: Services, actor: Actor) -> BooksPage:
    """Add everything up again and compare it with what is kept; it changes nothing.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    actor.require_admin()
    begun = time.monotonic()
    faults: dict[str, list[str]] = {}
    for household_id in await all_households(services):
        for check in await prove_household(services, household_id):
            faults.setdefault(check.name, []).extend(check.faults)
    entries, events = await services.database.read(_counts)
    return BooksPage(
        lines=[
            ProofLine(
                name=name[:1].upper() + name[1:],
                checked=events if name == CHAIN else entries,
                failures=found[:FAILURES_SHOWN],
            )
            for name, found in faults.items()
        ],
        checked_at=services.clock.now(),
        seconds=f"{time.monotonic() - begun:.1f}",
    )


async def _counts(connection: Connection) -> tuple[int, int]:
    row = await connection.fetch_one(_COUNTS)
    return (int(row[0]), int(row[1])) if row else (0, 0)
