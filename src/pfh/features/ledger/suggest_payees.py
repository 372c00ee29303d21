"""Suggesting payees while a person types one, with the category that it had last time."""

from __future__ import annotations

from typing import Final

from pfh.features.ledger.page_views import PayeeSuggestion
from pfh.features.payees import api as payees
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

SUGGESTIONS_MAX: Final = 8


async def suggest_payees(services: Services, actor: Actor, typed: str) -> list[PayeeSuggestion]:
    """Return payees that contain the text, those that start with it first; nothing for no text."""
    key = typed.strip().casefold()
    if not key:
        return []

    async def unit(connection: Connection) -> list[PayeeSuggestion]:
        chosen = await payees.payees_containing(
            connection, actor.household_id, key, limit=SUGGESTIONS_MAX
        )
        uses = await payees.last_uses(
            connection, actor.household_id, [record.payee_id for record in chosen]
        )
        found = []
        for record in chosen:
            use = uses.get(record.payee_id)
            if use is None:
                found.append(PayeeSuggestion(name=record.name))
                continue
            found.append(
                PayeeSuggestion(
                    name=record.name,
                    category_id=str(use.category_id or ""),
                    transaction_type=use.transaction_type,
                    account_id=str(use.account_id),
                )
            )
        return found

    return await services.database.read(unit)
