"""Every check of one household's books, in one list, for the command and for the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias

import msgspec

from pfh.features.accounts import api as accounts
from pfh.features.dashboard import api as dashboard
from pfh.features.households import api as households
from pfh.features.imports import api as imports
from pfh.features.ledger import api as ledger
from pfh.features.ledger.api import Check
from pfh.features.rates import api as rates
from pfh.persistence.verify_events import chain_faults
from pfh.ports.database import Connection
from pfh.ports.services import Services

CHAIN: Final = "event chain"
# A household whose head was deleted is still one, and one whose row was deleted, too. One that
# nobody belongs to is being erased, batch by batch, and need not be whole any more.
_HOUSEHOLDS = """
    SELECT household_id FROM (
        SELECT household_id FROM households UNION SELECT household_id FROM event_heads
        UNION SELECT DISTINCT household_id FROM events) AS known
    WHERE household_id NOT IN (
        SELECT household_id FROM households h WHERE NOT EXISTS (
            SELECT 1 FROM memberships m WHERE m.household_id = h.household_id))
    ORDER BY household_id"""
Proof: TypeAlias = Callable[[Connection, int], Awaitable[tuple[str, ...]]]
_ROWS: Final[dict[str, Proof]] = {
    "household": households.household_faults,
    "accounts and categories": accounts.account_faults,
    "exchange rates": rates.rate_faults,
    "imports": imports.import_faults,
}


async def all_households(services: Services) -> list[int]:
    """Return every household of which any trace is left."""

    async def unit(connection: Connection) -> list[int]:
        return [int(row[0]) for row in await connection.fetch_all(_HOUSEHOLDS)]

    return await services.database.read(unit)


async def prove_household(
    services: Services, household_id: int, progress: Callable[[int], None] | None = None
) -> list[Check]:
    """Add everything up again and compare it with what is kept.

    `progress` is called with the number of entries compared since the last call.
    """

    async def journal() -> list[Check]:
        return await ledger.verify_books(services.database, household_id, progress)

    async def model() -> list[Check]:
        return [Check("read model", tuple(await dashboard.differences(services, household_id)))]

    checks = await _tried("journal", household_id, journal)
    for name, proof in _ROWS.items():
        checks += await _tried(
            name, household_id, partial(_rows, services, name, proof, household_id)
        )
    chain = await chain_faults(services.database, household_id)
    return [*checks, Check(CHAIN, tuple(chain)), *await _tried("read model", household_id, model)]


async def _rows(services: Services, name: str, proof: Proof, household_id: int) -> list[Check]:
    async def unit(connection: Connection) -> tuple[str, ...]:
        return await proof(connection, household_id)

    return [Check(name, await services.database.read(unit))]


async def _tried(
    name: str, household_id: int, proof: Callable[[], Awaitable[list[Check]]]
) -> list[Check]:
    """Return the checks of a proof, or a fault when an event that it reads is no event any more."""
    try:
        return await proof()
    except msgspec.MsgspecError:
        words = f"household {household_id}: an event cannot be read; the event chain names it"
        return [Check(name, (words,))]
