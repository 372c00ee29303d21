"""Deleting and restoring: the trash keeps everything, and the books stay in balance meanwhile."""

from __future__ import annotations

import msgspec

from pfh.features.accounts import api as accounts
from pfh.features.ledger import events, store
from pfh.features.ledger.errors import TransactionNotFound
from pfh.features.ledger.schemas import DeletedAnswer
from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.features.ledger.write import (
    OK,
    answer_with,
    encode,
    entry_of,
    origin_of,
    record,
    run_once,
)
from pfh.persistence.event_store import Origin
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def delete_transaction(
    services: Services, actor: Actor, entry_id: int, key: RequestKey | None = None
) -> Answer:
    """Move a transaction to the trash and answer 200 with its id.

    Raises:
        TransactionNotFound: absent, already deleted, or another household's.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        entry = await entry_of(connection, actor, entry_id)
        return await move_to_trash(connection, actor, origin, entry, event_id)

    return await run_once(services, actor, key, unit)


async def restore_transaction(
    services: Services, actor: Actor, entry_id: int, key: RequestKey | None = None
) -> Answer:
    """Bring a transaction back from the trash and answer 200 with it.

    Raises:
        TransactionNotFound: not in the trash of this household.
        AccountClosed: one of its accounts was closed meanwhile.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        return await bring_back(connection, actor, origin, entry_id, event_id)

    return await run_once(services, actor, key, unit)


async def move_to_trash(
    connection: Connection, actor: Actor, origin: Origin, entry: EntrySnapshot, event_id: int
) -> Answer:
    """Take an entry out of the books within a unit of work."""
    await store.remove_entries(connection, actor.household_id, [entry])
    await store.put_into_trash(connection, actor.household_id, [entry], origin.occurred_at)
    sequence = await record(connection, actor, origin, [events.deleted(event_id, entry)])
    return Answer(OK, encode(DeletedAnswer(str(entry.entry_id), sequence)))


async def bring_back(
    connection: Connection, actor: Actor, origin: Origin, entry_id: int, event_id: int
) -> Answer:
    """Put an entry from the trash back into the books within a unit of work."""
    kept = await store.take_from_trash(connection, actor.household_id, entry_id)
    if kept is None:
        message = "There is no such transaction in the trash."
        raise TransactionNotFound(message, fix="Refresh the trash; it may be restored already.")
    await check_accounts_open(connection, actor.household_id, kept)
    entry = msgspec.structs.replace(kept, version=kept.version + 1)
    await store.insert_entries(connection, actor.household_id, [entry])
    sequence = await record(connection, actor, origin, [events.restored(event_id, entry)])
    return await answer_with(connection, actor, entry, status=OK, household_seq=sequence)


async def check_accounts_open(
    connection: Connection, household_id: int, entry: EntrySnapshot
) -> None:
    """Refuse to bring postings back onto an account that was closed meanwhile."""
    wanted = sorted({posting.account_id for posting in entry.postings})
    for record_ in (await accounts.find_accounts(connection, household_id, wanted)).values():
        if record_.closed_at is not None:
            message = f"The account “{record_.name}” was closed."
            raise accounts.AccountClosed(message, field="accountId", fix="Reopen it first.")
