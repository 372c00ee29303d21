"""The events of tags; payloads are JSON of these structs (docs/specs/events.md §5)."""

from __future__ import annotations

import msgspec

from pfh.persistence.event_store import Draft

TAG_RENAMED = "TagRenamed"
TAG_REMOVED = "TagRemoved"

EVENT_TYPES = (TAG_RENAMED, TAG_REMOVED)
VERSION = 1

_encoder = msgspec.json.Encoder()


class TagRename(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `TagRenamed`."""

    tag_id: int
    before: str
    after: str


class TagRemoval(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `TagRemoved`: the tag and every entry that carried it."""

    tag_id: int
    name: str
    entry_ids: tuple[int, ...]


def renamed(event_id: int, rename: TagRename) -> Draft:
    """A tag got another name."""
    return Draft(event_id, TAG_RENAMED, VERSION, rename.tag_id, _encoder.encode(rename).decode())


def removed(event_id: int, removal: TagRemoval) -> Draft:
    """A tag was taken off all entries and is gone."""
    return Draft(event_id, TAG_REMOVED, VERSION, removal.tag_id, _encoder.encode(removal).decode())
