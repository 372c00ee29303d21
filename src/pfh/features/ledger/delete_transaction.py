"""Deleting and restoring: the trash keeps everything, and the books stay in balance meanwhile."""

from __future__ import annotations

import msgspec

from pfh.features.accounts import api as accounts
from pfh.features.ledger import events, store
from pfh.features.ledger.errors import (
    TransactionNotEditable,
    TransactionNotFound,
    TransactionNotRestorable,
)
from pfh.features.ledger.schemas import DeletedAnswer
from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.features.ledger.write import (
    OK,
    answer_with,
    check_accounts_open,
    encode,
    entry_of,
    origin_of,
    record,
    refuse_closed,
    run_once,
)
from pfh.features.tags import api as tags
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
        TransactionNotEditable: it is the opening balance of an account.
        AccountClosed: a closed account is empty and stays so.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        entry = await entry_of(connection, actor, entry_id)
        sequence = await move_to_trash(connection, actor, origin, entry, event_id)
        return Answer(OK, encode(DeletedAnswer(str(entry_id), sequence)))

    return await run_once(services, actor, key, unit)


async def restore_transaction(
    services: Services, actor: Actor, entry_id: int, key: RequestKey | None = None
) -> Answer:
    """Bring a transaction back from the trash and answer 200 with it.

    Tags that were removed meanwhile stay away.

    Raises:
        TransactionNotFound: not in the trash of this household.
        AccountClosed: one of its accounts was closed meanwhile.
        TransactionNotRestorable: one of its accounts or categories was removed meanwhile.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        entry, sequence = await bring_back(connection, actor, origin, entry_id, event_id)
        return await answer_with(connection, actor, entry, status=OK, household_seq=sequence)

    return await run_once(services, actor, key, unit)


async def move_to_trash(
    connection: Connection, actor: Actor, origin: Origin, entry: EntrySnapshot, event_id: int
) -> int:
    """Take an entry out of the books within a unit of work; returns the household's sequence."""
    if entry.transaction_type == "opening":
        message = "This is the opening balance of an account."
        raise TransactionNotEditable(message, fix="Set the opening balance of the account to 0.")
    await check_accounts_open(connection, actor.household_id, entry)
    await store.remove_entries(connection, actor.household_id, [entry])
    await store.put_into_trash(connection, actor.household_id, [entry], origin.occurred_at)
    return await record(connection, actor, origin, [events.deleted(event_id, entry)])


async def bring_back(
    connection: Connection, actor: Actor, origin: Origin, entry_id: int, event_id: int
) -> tuple[EntrySnapshot, int]:
    """Put an entry from the trash back into the books; returns it and the household's sequence."""
    kept = await store.take_from_trash(connection, actor.household_id, entry_id)
    if kept is None:
        message = "There is no such transaction in the trash."
        raise TransactionNotFound(message, fix="Refresh the trash; it may be restored already.")
    entry = await as_possible_now(connection, actor.household_id, kept, version=kept.version + 1)
    await store.insert_entries(connection, actor.household_id, [entry])
    sequence = await record(connection, actor, origin, [events.restored(event_id, entry)])
    return entry, sequence


async def as_possible_now(
    connection: Connection, household_id: int, earlier: EntrySnapshot, *, version: int
) -> EntrySnapshot:
    """Return an earlier state as it can stand in the books today.

    Raises:
        AccountClosed, TransactionNotRestorable: its postings have no place any more.
    """
    wanted = sorted({posting.account_id for posting in earlier.postings})
    found = await accounts.find_accounts(connection, household_id, wanted)
    if len(found) < len(wanted):
        message = "An account or category of this transaction was removed."
        raise TransactionNotRestorable(message, fix="Enter the transaction anew.")
    refuse_closed(found.values())
    kept_tags = await tags.existing_tags(
        connection, household_id, [tag_id for tag_id, _ in earlier.tags]
    )
    # An account without entries may have turned from what is owned into what is owed meanwhile.
    postings = tuple(
        msgspec.structs.replace(posting, account_class=found[posting.account_id].account_class)
        for posting in earlier.postings
    )
    return msgspec.structs.replace(
        earlier, postings=postings, tags=tuple(kept_tags), version=version
    )
