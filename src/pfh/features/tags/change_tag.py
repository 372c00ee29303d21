"""Listing, renaming and removing tags."""

from __future__ import annotations

import msgspec

from pfh.core.text import line_problem
from pfh.features.tags import events, store
from pfh.features.tags.errors import TagNameMissing, TagNameTaken, TagNotFound
from pfh.features.tags.events import TagRemoval, TagRename
from pfh.features.tags.schemas import TagAnswer, TagList, TagRemovedAnswer, TagView
from pfh.features.tags.store import NAME_LENGTH_MAX
from pfh.persistence.command import origin_of, run_once
from pfh.persistence.event_reader import household_seq
from pfh.persistence.event_store import append
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_encode = msgspec.json.Encoder().encode


async def list_tags(services: Services, actor: Actor) -> TagList:
    """Return every tag of the actor's household by name, with its use."""

    async def unit(connection: Connection) -> TagList:
        found = await store.all_tags(connection, actor.household_id)
        views = [TagView(str(tag.tag_id), tag.name, tag.entry_count) for tag in found]
        return TagList(views, None)

    return await services.database.read(unit)


async def rename_tag(
    services: Services, actor: Actor, tag_id: int, name: str, key: RequestKey | None = None
) -> Answer:
    """Give a tag another name on every transaction and answer 200 with it.

    Raises:
        NotAllowed, TagNotFound, TagNameMissing, TextTooLong, TextNotPrintable.
        TagNameTaken: another tag has the name, case ignored.
    """
    checked = _checked_name(name)
    origin, event_id = origin_of(services, actor), services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        before = await _name_of(connection, actor.household_id, tag_id)
        if before != checked:
            name_key = checked.casefold()
            holder = await store.find_tag(connection, actor.household_id, name_key)
            if holder is not None and holder[0] != tag_id:
                message = f"Another tag is called “{holder[1]}”."
                raise TagNameTaken(message, field="name", fix="Choose another name.")
            await store.rename_tag(connection, actor.household_id, tag_id, checked, name_key)
            draft = events.renamed(event_id, TagRename(tag_id, before, checked))
            await append(connection, actor.household_id, origin, [draft])
        sequence = await household_seq(connection, actor.household_id)
        return Answer(200, _encode(TagAnswer(str(tag_id), checked, sequence)))

    return await run_once(services, actor, key, unit)


async def remove_tag(
    services: Services, actor: Actor, tag_id: int, key: RequestKey | None = None
) -> Answer:
    """Take a tag off every transaction, remove it and answer 200 with the number of them.

    Raises:
        NotAllowed, TagNotFound.
    """
    origin, event_id = origin_of(services, actor), services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        name = await _name_of(connection, actor.household_id, tag_id)
        entry_ids = await store.entries_with(connection, tag_id)
        await store.delete_tag(connection, actor.household_id, tag_id)
        draft = events.removed(event_id, TagRemoval(tag_id, name, tuple(entry_ids)))
        sequence = await append(connection, actor.household_id, origin, [draft])
        return Answer(200, _encode(TagRemovedAnswer(str(tag_id), len(entry_ids), sequence)))

    return await run_once(services, actor, key, unit)


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not stripped:
        raise TagNameMissing(
            "The name is empty.", field="name", fix="Write at least one character."
        )
    problem = line_problem(stripped, field="name", length_max=NAME_LENGTH_MAX)
    if problem is not None:
        raise problem
    return stripped


async def _name_of(connection: Connection, household_id: int, tag_id: int) -> str:
    found = await store.existing_tags(connection, household_id, [tag_id])
    if not found:
        message = "There is no such tag."
        raise TagNotFound(message, fix="Choose one of your tags.")
    return found[0][1]
