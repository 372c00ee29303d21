"""Reading what happened to a transaction, from its events."""

from __future__ import annotations

from pfh.core.instant import instant_text
from pfh.features.ledger import events, store
from pfh.features.ledger.errors import TransactionNotFound
from pfh.features.ledger.schemas import HistoryItem, HistoryList
from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.features.ledger.view import view_of
from pfh.features.ledger.write import names_of
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

HISTORY_MAX = 200


async def read_history(services: Services, actor: Actor, entry_id: int) -> HistoryList:
    """Return the last 200 things that happened to a transaction, live or deleted, latest first.

    Names of accounts are those of today; everything else is as it was.

    Raises:
        TransactionNotFound: nothing ever happened to such a transaction in this household.
    """

    async def unit(connection: Connection) -> HistoryList:
        rows = await store.history_of(connection, actor.household_id, entry_id, limit=HISTORY_MAX)
        told = [row for row in rows if row[1] in events.EVENT_TYPES]
        if not told:
            message = "There is no such transaction."
            raise TransactionNotFound(message, fix="Refresh the list.")
        states = [_states(str(row[1]), str(row[4])) for row in told]
        shown = [entry for pair in states for entry in pair if entry is not None]
        names = await names_of(connection, actor.household_id, shown)
        items = []
        for row, (before, after) in zip(told, states, strict=True):
            _, kind, actor_id, occurred_at, _ = row
            items.append(
                HistoryItem(
                    event=str(kind),
                    occurred_at=instant_text(occurred_at),
                    actor_id=None if actor_id is None else str(actor_id),
                    before=None if before is None else view_of(before, names),
                    after=None if after is None else view_of(after, names),
                )
            )
        return HistoryList(items)

    return await services.database.read_to_show(unit, actor.household_id)


def _states(kind: str, payload: str) -> tuple[EntrySnapshot | None, EntrySnapshot | None]:
    if kind == events.ENTRY_CHANGED:
        change = events.decode_change(payload)
        return change.before, change.after
    entry = events.decode_entry(payload)
    return (entry, None) if kind == events.ENTRY_DELETED else (None, entry)
