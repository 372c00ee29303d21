"""What other features may ask of tags."""

from __future__ import annotations

from pfh.core.errors import Problem
from pfh.core.text import line_problem
from pfh.features.tags.store import (
    NAME_LENGTH_MAX,
    TagRecord,
    all_tags,
    existing_tags,
    expect_tag,
    find_tag,
    insert_tag,
)
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers

__all__ = [
    "NAME_LENGTH_MAX",
    "TagRecord",
    "all_tags",
    "existing_tags",
    "expect_tag_for",
    "tag_for",
    "tag_name_problem",
]


def tag_name_problem(name: str, *, field: str) -> Problem | None:
    """Judge the name of a tag: 1 to 50 printable characters after trimming."""
    return line_problem(name, field=field, length_max=NAME_LENGTH_MAX)


def expect_tag_for(connection: Connection, household_id: int, name: str) -> None:
    """Say that `tag_for` will be called with this name."""
    expect_tag(connection, household_id, name.casefold())


async def tag_for(
    connection: Connection, household_id: int, name: str, *, identifiers: Identifiers, now: int
) -> tuple[int, str]:
    """Return id and spelling of the tag with this name, made now when there is none."""
    name_key = name.casefold()
    found = await find_tag(connection, household_id, name_key)
    if found is not None:
        return found
    tag_id = identifiers.next()
    await insert_tag(connection, household_id, tag_id, name, name_key, now)
    return tag_id, name
