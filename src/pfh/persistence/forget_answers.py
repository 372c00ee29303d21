"""Forgetting stored answers once nobody repeats their requests any more.

It exists because an answer is kept with every `Idempotency-Key`: without an end, they would outgrow
the books themselves.
"""

from __future__ import annotations

from typing import Final

from pfh.ports.database import Connection
from pfh.ports.services import Services

KEPT_DAYS: Final = 7
BATCH_ANSWERS: Final = 1_000
_MICROSECONDS_PER_DAY: Final = 86_400_000_000
_FORGET: Final = """
    DELETE FROM idempotency_keys WHERE (user_id, key_hash) IN (
        SELECT user_id, key_hash FROM idempotency_keys WHERE created_at < $1
        ORDER BY created_at LIMIT $2)"""


async def forget_answers(services: Services) -> int:
    """Drop the answers that are older than seven days and return how many there were.

    In batches, so that other writers come between them.
    """
    before = services.clock.now() - KEPT_DAYS * _MICROSECONDS_PER_DAY

    async def unit(connection: Connection) -> int:
        return await connection.execute(_FORGET, before, BATCH_ANSWERS)

    total = 0
    while forgotten := await services.database.write(unit):
        total += forgotten
    return total
