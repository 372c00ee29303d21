"""The daily budget of tokens, kept in SQL so that all processes together keep to it."""

from __future__ import annotations

from typing import Final

from pfh.core.instant import instant_text
from pfh.ports.clock import Clock
from pfh.ports.database import Connection, Database

# One statement, so that of two processes at the limit one is refused.
_RESERVE: Final = """
    INSERT INTO language_model_usage (day, tokens) VALUES ($1, $2)
    ON CONFLICT (day) DO UPDATE SET tokens = language_model_usage.tokens + $2
    WHERE language_model_usage.tokens + $2 <= $3
    RETURNING tokens"""
_SETTLE: Final = "UPDATE language_model_usage SET tokens = tokens + $2 WHERE day = $1"
_FORGET: Final = "DELETE FROM language_model_usage WHERE day < $1"
_KEPT_DAYS: Final = 400
_MICROSECONDS_PER_DAY: Final = 86_400_000_000


class TokenBudget:
    """At most `tokens_per_day` in a day of UTC; what a lost answer may have cost stays reserved."""

    def __init__(self, database: Database, clock: Clock, *, tokens_per_day: int) -> None:
        """Take where to count and the limit."""
        self._database = database
        self._clock = clock
        self._tokens_per_day = tokens_per_day

    async def reserve(self, tokens: int) -> str | None:
        """Set aside the most that a request can cost; return its day, or None beyond the limit."""
        if tokens > self._tokens_per_day:
            return None
        now = self._clock.now()
        day = _day(now)

        async def unit(connection: Connection) -> bool:
            taken = await connection.fetch_value(_RESERVE, day, tokens, self._tokens_per_day)
            if taken == tokens:
                # The first request of a day also sweeps.
                await connection.execute(_FORGET, _day(now - _KEPT_DAYS * _MICROSECONDS_PER_DAY))
            return taken is not None

        return day if await self._database.write(unit) else None

    async def settle(self, day: str, *, reserved: int, spent: int) -> None:
        """Replace what was set aside by what the answer says that it cost."""
        if reserved != spent:
            await self._database.write(
                lambda connection: connection.execute(_SETTLE, day, spent - reserved)
            )


def _day(now: int) -> str:
    return instant_text(now)[:10]
