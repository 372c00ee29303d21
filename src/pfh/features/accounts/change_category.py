"""Making, changing and removing categories."""

from __future__ import annotations

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from pfh.core.account import checked_name, name_key
from pfh.core.identity_types import parse_id
from pfh.features.accounts import events
from pfh.features.accounts.category_views import category_view
from pfh.features.accounts.errors import AccountInUse, MergeNotPossible, SystemAccountFixed
from pfh.features.accounts.find_account import category, check_version
from pfh.features.accounts.placing import check_name_free, check_place
from pfh.features.accounts.remove_row import remove_row
from pfh.features.accounts.schemas import (
    CategoryAnswer,
    CategoryInput,
    CategoryPatch,
    RemovedAnswer,
)
from pfh.features.accounts.store import (
    CATEGORY_TYPE,
    AccountRecord,
    has_postings,
    insert_account,
    last_place,
    update_account,
)
from pfh.persistence.command import origin_of, run_once
from pfh.persistence.event_reader import household_seq
from pfh.persistence.event_store import append
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_encode = msgspec.json.Encoder().encode


async def create_category(
    services: Services, actor: Actor, stated: CategoryInput, key: RequestKey | None = None
) -> Answer:
    """Add a category behind its siblings and answer 201 with it.

    Raises:
        NotAllowed, NameMissing, TextTooLong, TextNotPrintable, ParentNotFound,
        ParentOfOtherClass, AccountNameTaken.
    """
    origin = origin_of(services, actor)
    record = AccountRecord(
        account_id=services.identifiers.next(),
        account_class=stated.kind,
        account_type=CATEGORY_TYPE,
        name=checked_name(stated.name),
        parent_id=None if stated.parent_id is None else parse_id(stated.parent_id),
        created_at=origin.occurred_at,
    )
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        await check_place(connection, actor.household_id, record)
        await check_name_free(connection, actor.household_id, record)
        place = await last_place(
            connection, actor.household_id, record.account_class, record.parent_id
        )
        placed = replace(record, sort_order=place + 1)
        await insert_account(connection, actor.household_id, placed, name_key(record.name))
        draft = events.told(event_id, events.CATEGORY_CREATED, placed)
        await append(connection, actor.household_id, origin, [draft])
        return await category_answer(connection, actor, record.account_id, status=201)

    return await run_once(services, actor, key, unit)


async def change_category(
    services: Services,
    actor: Actor,
    category_id: int,
    patch: CategoryPatch,
    key: RequestKey | None = None,
) -> Answer:
    """Rename, move or reorder a category and answer 200 with it; what is booked on it stays.

    Raises:
        NotAllowed, CategoryNotFound, AccountVersionConflict; the problems of name and parent;
        SystemAccountFixed when one of the hub's own would move; MergeNotPossible when it was
        merged away.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        before = await category(connection, actor.household_id, category_id, field=None)
        check_version(before, patch.version)
        after = _patched(before, patch)
        if after != before:
            await _check(connection, actor.household_id, before, after)
            await update_account(connection, actor.household_id, after, name_key(after.name))
            draft = events.changed(event_id, before, after)
            await append(connection, actor.household_id, origin, [draft])
        return await category_answer(connection, actor, category_id)

    return await run_once(services, actor, key, unit)


def _patched(before: AccountRecord, patch: CategoryPatch) -> AccountRecord:
    after = before
    if patch.name is not UNSET:
        after = replace(after, name=checked_name(patch.name))
    if patch.parent_id is not UNSET:
        parent_id = None if patch.parent_id is None else parse_id(patch.parent_id)
        after = replace(after, parent_id=parent_id)
    if patch.order is not UNSET:
        after = replace(after, sort_order=patch.order)
    return after


async def _check(
    connection: Connection, household_id: int, before: AccountRecord, after: AccountRecord
) -> None:
    if before.merged_into_id is not None:
        message = f"“{before.name}” was merged into another category."
        raise MergeNotPossible(message, fix="Take it out of there first.")
    if after.parent_id != before.parent_id:
        if before.is_system:
            message = f"The hub itself needs “{before.name}” where it is."
            raise SystemAccountFixed(message, field="parentId", fix="You may rename it.")
        await check_place(connection, household_id, after)
    if (after.parent_id, after.name) != (before.parent_id, before.name):
        await check_name_free(connection, household_id, after)


async def remove_category(
    services: Services, actor: Actor, category_id: int, key: RequestKey | None = None
) -> Answer:
    """Remove a category that nothing was ever booked on and answer 200 with its id.

    Raises:
        NotAllowed, CategoryNotFound, SystemAccountFixed.
        AccountInUse: it has entries, or categories below it or merged into it.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        record = await category(connection, actor.household_id, category_id, field=None)
        if record.is_system:
            message = f"The hub itself needs “{record.name}”."
            raise SystemAccountFixed(message, fix="You may rename it.")
        if await has_postings(connection, category_id):
            message = f"There are entries in “{record.name}”."
            raise AccountInUse(message, fix="Merge it into another category instead.")
        await remove_row(connection, actor.household_id, record)
        draft = events.told(event_id, events.CATEGORY_REMOVED, record)
        sequence = await append(connection, actor.household_id, origin, [draft])
        return Answer(200, _encode(RemovedAnswer(str(category_id), sequence)))

    return await run_once(services, actor, key, unit)


async def category_answer(
    connection: Connection, actor: Actor, category_id: int, *, status: int = 200
) -> Answer:
    """Render a category after a write."""
    view = await category_view(connection, actor.household_id, category_id)
    sequence = await household_seq(connection, actor.household_id)
    fields = msgspec.structs.asdict(view)
    return Answer(status, _encode(CategoryAnswer(**fields, household_seq=sequence)))
