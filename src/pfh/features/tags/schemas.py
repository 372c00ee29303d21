"""JSON of tags."""

from __future__ import annotations

import msgspec


class TagPatch(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Another name."""

    name: str


class TagView(msgspec.Struct, frozen=True, rename="camel"):
    """A tag and how many transactions carry it."""

    id: str
    name: str
    transaction_count: int


class TagAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A tag after a write."""

    id: str
    name: str
    household_seq: int


class TagList(msgspec.Struct, frozen=True, rename="camel"):
    """Every tag by name; it is never paged."""

    items: list[TagView]
    next_cursor: None


class TagRemovedAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A tag was removed from so many transactions."""

    id: str
    transaction_count: int
    household_seq: int
