"""Undoing the last thing that happened to a transaction; undoing twice is redoing."""

from __future__ import annotations

from pfh.features.ledger import events, store
from pfh.features.ledger.change_transaction import check_editable, replace_entry
from pfh.features.ledger.delete_transaction import as_possible_now, bring_back, move_to_trash
from pfh.features.ledger.errors import NothingToUndo, TransactionNotFound
from pfh.features.ledger.schemas import UndoneAnswer
from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.features.ledger.view import view_of
from pfh.features.ledger.write import OK, encode, entry_of, names_of, origin_of, record, run_once
from pfh.persistence.event_store import Origin
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def undo_transaction(
    services: Services, actor: Actor, entry_id: int, key: RequestKey | None = None
) -> Answer:
    """Undo the last change: what was created goes to the trash, what was deleted comes back.

    Answers 200 with an `UndoneAnswer`.

    Raises:
        TransactionNotFound: nothing ever happened to such a transaction in this household.
        NothingToUndo: its last event is of another kind.
        TransactionNotEditable: it is the opening balance of an account.
        AccountClosed, TransactionNotRestorable: the earlier state has no place any more.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        entry, sequence = await _undo(connection, actor, origin, entry_id, event_id)
        shown = None
        if entry is not None:
            shown = view_of(entry, await names_of(connection, actor.household_id, [entry]))
        return Answer(OK, encode(UndoneAnswer(str(entry_id), sequence, shown)))

    return await run_once(services, actor, key, unit)


async def _undo(
    connection: Connection, actor: Actor, origin: Origin, entry_id: int, event_id: int
) -> tuple[EntrySnapshot | None, int]:
    last = await store.last_event_of(connection, actor.household_id, entry_id)
    if last is None:
        message = "There is no such transaction."
        raise TransactionNotFound(message, fix="Refresh the list.")
    _, kind, payload = last
    if kind in {events.ENTRY_POSTED, events.ENTRY_RESTORED}:
        entry = await entry_of(connection, actor, entry_id)
        return None, await move_to_trash(connection, actor, origin, entry, event_id)
    if kind == events.ENTRY_DELETED:
        return await bring_back(connection, actor, origin, entry_id, event_id)
    if kind == events.ENTRY_CHANGED:
        return await _turn_back(connection, actor, origin, payload, event_id)
    message = "The last thing that happened to this transaction cannot be undone alone."
    raise NothingToUndo(message, fix="Revert the import or bulk change that did it.")


async def _turn_back(
    connection: Connection, actor: Actor, origin: Origin, payload: str, event_id: int
) -> tuple[EntrySnapshot, int]:
    change = events.decode_change(payload)
    present = await entry_of(connection, actor, change.after.entry_id)
    check_editable(present)
    earlier = await as_possible_now(
        connection, actor.household_id, change.before, version=present.version + 1
    )
    await replace_entry(connection, actor.household_id, present, earlier)
    draft = events.changed(event_id, present, earlier)
    return earlier, await record(connection, actor, origin, [draft])
