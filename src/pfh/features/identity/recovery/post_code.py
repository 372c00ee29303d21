"""Posting a letter with a code, and forgetting codes that ran out."""

from __future__ import annotations

from typing import Final

from pfh.features.identity.recovery.code_store import (
    CodeRecord,
    forget_expired_codes,
    insert_code,
)
from pfh.features.mail.api import Letter, code_hash, link_code, post_letter
from pfh.ports.database import Connection
from pfh.ports.services import Services

BATCH_CODES: Final = 1_000
_MICROSECONDS: Final = 1_000_000
_MICROSECONDS_PER_DAY: Final = 86_400 * _MICROSECONDS


async def post_code(
    connection: Connection, letter: Letter, email_key: str, token_key: bytes, *, now: int
) -> None:
    """Store the hash of the letter's code and post the letter, in the caller's unit of work.

    For nobody the same statements run on rows of the same size.
    """
    hashed = code_hash(link_code(token_key, letter.mail_id))
    record = CodeRecord(
        code_hash=hashed or b"",
        purpose=letter.kind,
        user_id=letter.user_id,
        email_key=email_key,
        created_at=now,
        expires_at=now + (letter.useful_seconds or 0) * _MICROSECONDS,
    )
    await insert_code(connection, record)
    await post_letter(connection, letter, now=now)


async def forget_codes(services: Services) -> int:
    """Delete codes a day after they ran out and return how many; in batches."""
    before = services.clock.now() - _MICROSECONDS_PER_DAY
    total = 0
    while forgotten := await services.database.write(
        lambda connection: forget_expired_codes(connection, before=before, limit=BATCH_CODES)
    ):
        total += forgotten
    return total
