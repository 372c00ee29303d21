"""Renaming a payee, merging it into another one, and taking that back."""

from __future__ import annotations

import msgspec

from pfh.core.text import line_problem
from pfh.features.payees import events, store
from pfh.features.payees.errors import (
    PayeeMergeNotPossible,
    PayeeNameMissing,
    PayeeNameTaken,
    PayeeNotFound,
)
from pfh.features.payees.events import PayeeMerge, PayeeRename
from pfh.features.payees.schemas import PayeeAnswer
from pfh.features.payees.store import NAME_LENGTH_MAX, PayeeRecord
from pfh.persistence.command import origin_of, run_once
from pfh.persistence.event_reader import household_seq, last_payload
from pfh.persistence.event_store import append
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_encode = msgspec.json.Encoder().encode


async def rename_payee(
    services: Services, actor: Actor, payee_id: int, name: str, key: RequestKey | None = None
) -> Answer:
    """Give a payee another name, in every transaction with it, and answer 200 with it.

    Raises:
        NotAllowed, PayeeNotFound, PayeeNameMissing, TextTooLong, TextNotPrintable.
        PayeeNameTaken: another payee has the name, case ignored.
    """
    checked = _checked_name(name)
    origin, event_id = origin_of(services, actor), services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        before = await _payee(connection, actor.household_id, payee_id)
        if before.name != checked:
            name_key = checked.casefold()
            holder = await store.payee_of_key(connection, actor.household_id, name_key)
            if holder not in {None, payee_id}:
                message = f"Another payee is called “{checked}”."
                raise PayeeNameTaken(message, field="name", fix="Merge the two.")
            await store.rename_payee(connection, actor.household_id, payee_id, checked, name_key)
            draft = events.renamed(event_id, PayeeRename(payee_id, before.name, checked))
            await append(connection, actor.household_id, origin, [draft])
        return await _answer(connection, actor.household_id, payee_id)

    return await run_once(services, actor, key, unit)


async def merge_payee(
    services: Services, actor: Actor, payee_id: int, into_id: int, key: RequestKey | None = None
) -> Answer:
    """Let a payee stand for another one and answer 200 with it; no transaction is touched.

    Raises:
        NotAllowed, PayeeNotFound.
        PayeeMergeNotPossible: into itself, or one of the two was merged before.
    """
    origin, event_id = origin_of(services, actor), services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        source = await _payee(connection, actor.household_id, payee_id)
        target = await _payee(connection, actor.household_id, into_id, field="intoId")
        _check_merge(source, target)
        also = await store.standing_for(connection, actor.household_id, payee_id)
        await store.point_payees_at(connection, actor.household_id, [payee_id, *also], into_id)
        merge = PayeeMerge(payee_id, into_id, tuple(also))
        draft = events.merged(event_id, events.PAYEE_MERGED, merge)
        await append(connection, actor.household_id, origin, [draft])
        return await _answer(connection, actor.household_id, payee_id)

    return await run_once(services, actor, key, unit)


async def unmerge_payee(
    services: Services, actor: Actor, payee_id: int, key: RequestKey | None = None
) -> Answer:
    """Take a payee, and those that went along, out of the one that it was merged into.

    Raises:
        NotAllowed, PayeeNotFound.
        PayeeMergeNotPossible: it is not merged.
    """
    origin, event_id = origin_of(services, actor), services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        source = await _payee(connection, actor.household_id, payee_id)
        payload = await last_payload(connection, actor.household_id, payee_id, events.PAYEE_MERGED)
        if source.merged_into_id is None or payload is None:
            message = f"“{source.name}” is not merged into another payee."
            raise PayeeMergeNotPossible(message, fix="There is nothing to take back.")
        present = await store.standing_for(connection, actor.household_id, source.merged_into_id)
        also = [one for one in events.decode_merge(payload).also if one in present]
        await store.point_payees_at(connection, actor.household_id, also, payee_id)
        await store.point_payees_at(connection, actor.household_id, [payee_id], None)
        merge = PayeeMerge(payee_id, source.merged_into_id, tuple(also))
        draft = events.merged(event_id, events.PAYEE_UNMERGED, merge)
        await append(connection, actor.household_id, origin, [draft])
        return await _answer(connection, actor.household_id, payee_id)

    return await run_once(services, actor, key, unit)


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not stripped:
        raise PayeeNameMissing(
            "The name is empty.", field="name", fix="Write at least one character."
        )
    problem = line_problem(stripped, field="name", length_max=NAME_LENGTH_MAX)
    if problem is not None:
        raise problem
    return stripped


def _check_merge(source: PayeeRecord, target: PayeeRecord) -> None:
    if source.payee_id == target.payee_id:
        message = "A payee cannot be merged into itself."
        raise PayeeMergeNotPossible(message, field="intoId", fix="Choose another one.")
    for one, field in ((source, None), (target, "intoId")):
        if one.merged_into_id is not None:
            message = f"“{one.name}” was merged before."
            raise PayeeMergeNotPossible(message, field=field, fix="Use the one that it became.")


async def _payee(
    connection: Connection, household_id: int, payee_id: int, *, field: str | None = None
) -> PayeeRecord:
    found = await store.one_payee(connection, household_id, payee_id)
    if found is None:
        message = "There is no such payee."
        raise PayeeNotFound(message, field=field, fix="Choose one of your payees.")
    return found


async def _answer(connection: Connection, household_id: int, payee_id: int) -> Answer:
    record = await _payee(connection, household_id, payee_id)
    merged_into = None if record.merged_into_id is None else str(record.merged_into_id)
    sequence = await household_seq(connection, household_id)
    return Answer(200, _encode(PayeeAnswer(str(payee_id), record.name, merged_into, sequence)))
