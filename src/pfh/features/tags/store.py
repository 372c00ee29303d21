"""SQL of tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pfh.ports.database import Connection

_FIND = "SELECT tag_id, name FROM tags WHERE household_id = $1 AND name_key = $2"
_INSERT = """
    INSERT INTO tags (tag_id, household_id, name, name_key, created_at)
    VALUES ($1, $2, $3, $4, $5)"""
_ALL = """
    SELECT t.tag_id, t.name, COUNT(e.entry_id)
    FROM tags t LEFT JOIN entry_tags e ON e.tag_id = t.tag_id
    WHERE t.household_id = $1 GROUP BY t.tag_id, t.name, t.name_key ORDER BY t.name_key"""
_EXISTING = """
    SELECT tag_id, name FROM tags
    WHERE household_id = $1 AND tag_id = ANY($2::bigint[]) ORDER BY name_key"""
_ENTRIES_WITH = "SELECT entry_id FROM entry_tags WHERE tag_id = $1 ORDER BY entry_id"
_TAKE_OFF = """
    DELETE FROM entry_tags WHERE tag_id IN (
        SELECT tag_id FROM tags WHERE household_id = $1 AND tag_id = $2)"""
_DELETE = "DELETE FROM tags WHERE household_id = $1 AND tag_id = $2"
_RENAME = "UPDATE tags SET name = $3, name_key = $4 WHERE household_id = $1 AND tag_id = $2"

NAME_LENGTH_MAX = 50


@dataclass(frozen=True, slots=True)
class TagRecord:
    """One tag and how many entries carry it."""

    tag_id: int
    name: str
    entry_count: int


async def find_tag(
    connection: Connection, household_id: int, name_key: str
) -> tuple[int, str] | None:
    """Return id and spelling of a tag."""
    row = await connection.fetch_one(_FIND, household_id, name_key)
    return None if row is None else (int(row[0]), str(row[1]))


def expect_tag(connection: Connection, household_id: int, name_key: str) -> None:
    """Say that `find_tag` will be called with the same arguments."""
    connection.expect(_FIND, household_id, name_key)


async def insert_tag(  # noqa: PLR0913 -- one row
    connection: Connection, household_id: int, tag_id: int, name: str, name_key: str, now: int
) -> None:
    """Add one tag."""
    await connection.execute(_INSERT, tag_id, household_id, name, name_key, now)


async def existing_tags(
    connection: Connection, household_id: int, tag_ids: Sequence[int]
) -> list[tuple[int, str]]:
    """Return id and present spelling of those tags that exist in this household, by name."""
    if not tag_ids:
        return []
    rows = await connection.fetch_all(_EXISTING, household_id, list(tag_ids))
    return [(int(row[0]), str(row[1])) for row in rows]


async def all_tags(connection: Connection, household_id: int) -> list[TagRecord]:
    """Return every tag of a household by name, with its use."""
    return [TagRecord(*row) for row in await connection.fetch_all(_ALL, household_id)]


async def rename_tag(
    connection: Connection, household_id: int, tag_id: int, name: str, name_key: str
) -> int:
    """Give a tag another name; returns how many rows changed (0: not yours)."""
    return await connection.execute(_RENAME, household_id, tag_id, name, name_key)


async def entries_with(connection: Connection, tag_id: int) -> list[int]:
    """Return the entries that carry a tag."""
    return [int(row[0]) for row in await connection.fetch_all(_ENTRIES_WITH, tag_id)]


async def delete_tag(connection: Connection, household_id: int, tag_id: int) -> None:
    """Take a tag off every entry and remove it."""
    await connection.execute(_TAKE_OFF, household_id, tag_id)
    await connection.execute(_DELETE, household_id, tag_id)
