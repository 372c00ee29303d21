"""The SQL of codes: a hash, for one use, of one person and the address that it was sent to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pfh.ports.database import Connection

VERIFY_EMAIL: Final = "verify_email"
PASSWORD_RESET: Final = "password_reset"  # noqa: S105 -- the name of a use
_INSERT = """
    INSERT INTO link_codes (code_hash, purpose, user_id, email_key, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)"""
# A code is worth nothing once its person has another address or is shut out.
_FIND = """
    SELECT user_id FROM link_codes
    WHERE code_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
      AND user_id = (
          SELECT u.user_id FROM users u
          WHERE u.user_id = link_codes.user_id AND u.email_key = link_codes.email_key
            AND u.disabled_at IS NULL)"""
# Whoever gets the row back has used the code up; of two at once one does.
_CONSUME = """
    UPDATE link_codes SET used_at = $3
    WHERE code_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
      AND user_id = (
          SELECT u.user_id FROM users u
          WHERE u.user_id = link_codes.user_id AND u.email_key = link_codes.email_key
            AND u.disabled_at IS NULL)
    RETURNING user_id"""
_VOID = """
    UPDATE link_codes SET used_at = $3
    WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL"""
_FORGET = """
    DELETE FROM link_codes WHERE code_hash IN (
        SELECT code_hash FROM link_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRecord:
    """A code that is about to be stored; `user_id` None is a code of nobody's."""

    code_hash: bytes
    purpose: str
    user_id: int | None
    email_key: str
    created_at: int
    expires_at: int


async def insert_code(connection: Connection, code: CodeRecord) -> None:
    """Store a code."""
    await connection.execute(
        _INSERT,
        code.code_hash,
        code.purpose,
        code.user_id,
        code.email_key,
        code.created_at,
        code.expires_at,
    )


async def find_code(
    connection: Connection, code_hash: bytes, purpose: str, *, now: int
) -> int | None:
    """Return whose code it is, or None when it opens nothing."""
    user_id: int | None = await connection.fetch_value(_FIND, code_hash, purpose, now)
    return user_id


async def consume_code(
    connection: Connection, code_hash: bytes, purpose: str, *, now: int
) -> int | None:
    """Use a code up and return whose it is, or None when it opens nothing."""
    user_id: int | None = await connection.fetch_value(_CONSUME, code_hash, purpose, now)
    return user_id


async def void_codes(connection: Connection, user_id: int, purpose: str, *, now: int) -> None:
    """Use up every code of a person for one purpose."""
    await connection.execute(_VOID, user_id, purpose, now)


async def forget_expired_codes(connection: Connection, *, before: int, limit: int) -> int:
    """Delete codes that ran out before an instant; return how many."""
    return await connection.execute(_FORGET, before, limit)
