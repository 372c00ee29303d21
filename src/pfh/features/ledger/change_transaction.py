"""Changing a transaction: the old entry leaves the books and the new one enters, in one commit."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from pfh.core.commodity import commodity
from pfh.features.ledger import events, store
from pfh.features.ledger.build_entry import Place, build_entry, stated_from
from pfh.features.ledger.errors import TransactionNotEditable, TransactionVersionConflict
from pfh.features.ledger.schemas import SplitInput, TransactionInput, TransactionPatch
from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.features.ledger.write import (
    OK,
    answer_with,
    check_accounts_open,
    entry_of,
    origin_of,
    record,
    run_once,
)
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def change_transaction(
    services: Services,
    actor: Actor,
    entry_id: int,
    patch: TransactionPatch,
    key: RequestKey | None = None,
) -> Answer:
    """Apply the given fields to a transaction and answer 200 with it.

    Raises:
        TransactionNotFound, TransactionVersionConflict, TransactionNotEditable, and what
        `build_entry` raises for the result.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()
    place = Place(actor.household_id, origin.occurred_at, services.identifiers)

    async def unit(connection: Connection) -> Answer:
        before = await entry_of(connection, actor, entry_id)
        check_editable(before)
        _check_version(before, patch)
        stated = merged(before, patch)
        built = await build_entry(connection, place, stated, entry_id=entry_id)
        after = msgspec.structs.replace(
            built,
            import_id=before.import_id,
            version=before.version + 1,
            created_at=before.created_at,
        )
        await replace_entry(connection, actor.household_id, before, after)
        draft = events.changed(event_id, before, after)
        sequence = await record(connection, actor, origin, [draft])
        return await answer_with(connection, actor, after, status=OK, household_seq=sequence)

    return await run_once(services, actor, key, unit)


async def replace_entry(
    connection: Connection, household_id: int, before: EntrySnapshot, after: EntrySnapshot
) -> None:
    """Put `after` where `before` was; both have the same id.

    Raises:
        AccountClosed: `before` moved money of an account that is closed now.
    """
    await check_accounts_open(connection, household_id, before)
    await store.remove_entries(connection, household_id, [before])
    await store.insert_entries(connection, household_id, [after])


def check_editable(before: EntrySnapshot) -> None:
    """Refuse an opening balance, which is changed with its account."""
    if before.transaction_type == "opening":
        message = "This is the opening balance of an account."
        raise TransactionNotEditable(message, fix="Change the opening balance of the account.")


def _check_version(before: EntrySnapshot, patch: TransactionPatch) -> None:
    if patch.version is not UNSET and patch.version != before.version:
        message = "The transaction was changed meanwhile."
        raise TransactionVersionConflict(
            message, field="version", fix="Load it again and repeat your change."
        )


def merged(before: EntrySnapshot, patch: TransactionPatch) -> TransactionInput:
    """Return the stated form of `before` with the patch's fields laid over it.

    A new category replaces the splits, new splits replace the category; a new amount alone moves
    the one share of an unsplit transaction with it, and its memo stays. A description that only
    repeats the payee goes along with it; what a bank wrote stays.
    """
    exponents = {p.commodity: commodity(p.commodity).exponent for p in before.postings}
    stated = stated_from(before, exponents)
    given = {
        name: value
        for name in patch.__struct_fields__
        if name != "version" and (value := getattr(patch, name)) is not UNSET
    }
    repeats = before.import_id is None and stated.description == (stated.payee or "")
    if repeats and "payee" in given:
        given.setdefault("description", "")
    kind = given.get("transaction_type", stated.transaction_type)
    dropped: dict[str, object] = {}
    if kind == "transfer":
        dropped = {"splits": None, "category_id": None}
    elif stated.transaction_type == "transfer":
        dropped = {"transfer_account_id": None, "transfer_amount": None}
    elif "category_id" in given:
        dropped = {"splits": None}
    elif stated.splits and len(stated.splits) == 1 and "splits" not in given:
        dropped = _only_share(stated.splits[0], given)
    return msgspec.structs.replace(stated, **{**dropped, **given})


def _only_share(share: SplitInput, given: dict[str, object]) -> dict[str, object]:
    """Return the fields that carry the one share of an unsplit transaction to its changed form."""
    if share.memo is None:
        return {"splits": None, "category_id": share.category_id}
    amount = given.get("amount", share.amount)
    return {"splits": [msgspec.structs.replace(share, amount=amount)]}
