"""Suggesting payees while a person types one, with the category that it had last time."""

from __future__ import annotations

from typing import Final

from pfh.features.ledger import page_store
from pfh.features.ledger.list_transactions import views_in_order
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
        known = await payees.all_payees(connection, actor.household_id)
        fitting = [
            (not record.name.casefold().startswith(key), record.name.casefold(), record)
            for record in known
            if record.merged_into_id is None and key in record.name.casefold()
        ]
        chosen = [record for *_, record in sorted(fitting, key=lambda one: one[:2])]
        chosen = chosen[:SUGGESTIONS_MAX]
        last = await page_store.last_with_payees(
            connection, actor.household_id, [record.payee_id for record in chosen]
        )
        views = await views_in_order(connection, actor.household_id, sorted(last.values()))
        by_entry = {view.id: view for view in views}
        found = []
        for record in chosen:
            view = by_entry.get(str(last.get(record.payee_id)))
            if view is None or view.transaction_type not in {"expense", "income"}:
                found.append(PayeeSuggestion(name=record.name))
                continue
            found.append(
                PayeeSuggestion(
                    name=record.name,
                    category_id=view.category_id or "",
                    transaction_type=view.transaction_type,
                    account_id=view.account_id,
                )
            )
        return found

    return await services.database.read(unit)
