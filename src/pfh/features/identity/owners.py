"""Whose books a command line means, when nobody is signed in."""

from __future__ import annotations

from pfh.features.identity.registration_rules import email_key
from pfh.ports.database import Connection

_OWNERS = """
    SELECT m.user_id, m.household_id
    FROM memberships m JOIN users u ON u.user_id = m.user_id
    WHERE m.role <> 'viewer' AND u.disabled_at IS NULL AND u.email_key = COALESCE($1, u.email_key)
    ORDER BY m.created_at, m.household_id LIMIT 2"""


async def owners(connection: Connection, email: str | None) -> list[tuple[int, int]]:
    """Return up to two (user id, household id), of one person or of everybody, first joined first.

    Two households in the answer mean that a person has to be named.
    """
    key = None if email is None else email_key(email)
    return [(int(row[0]), int(row[1])) for row in await connection.fetch_all(_OWNERS, key)]
