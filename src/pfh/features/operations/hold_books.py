"""Maintenance: the books can be read and not written, until somebody ends it or its time is over.

What was committed goes on its way (read models, events, mail); what would write into the books
waits: requests, imports and the housekeeping that deletes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pfh.features.operations.block_addresses import SIGNAL
from pfh.features.operations.errors import ExpiryInvalid, UnderMaintenance
from pfh.features.operations.reasons import checked_reason
from pfh.ports.actor import Operator
from pfh.ports.database import Connection
from pfh.ports.services import Services

# What a client is told to wait when nobody knows how long it takes.
RETRY_SECONDS: Final = 60
_RETRY_SECONDS_MAX: Final = 3_600
_SECONDS_MAX: Final = 30 * 86_400
_MICROSECONDS: Final = 1_000_000
_NAME: Final = "books"
_BEGIN: Final = """
    INSERT INTO maintenance (name, reason, created_by, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (name) DO UPDATE SET reason = excluded.reason, created_by = excluded.created_by,
        created_at = excluded.created_at, expires_at = excluded.expires_at"""
_END: Final = "DELETE FROM maintenance WHERE name = $1"
_FIND: Final = """
    SELECT reason, created_by, created_at, expires_at FROM maintenance WHERE name = $1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """Why nobody may write, who said so, since when, until when; None: until it is ended."""

    reason: str
    created_by: str
    created_at: int
    expires_at: int | None

    def is_on(self, now: int) -> bool:
        """Tell whether it still holds at an instant in microseconds."""
        return self.expires_at is None or self.expires_at > now

    def refusal(self, now: int) -> UnderMaintenance:
        """Return what a request that would write is told."""
        seconds = RETRY_SECONDS
        if self.expires_at is not None:
            left = -((now - self.expires_at) // _MICROSECONDS)
            seconds = min(max(1, left), _RETRY_SECONDS_MAX)
        return UnderMaintenance(
            f"The hub is read-only for maintenance: {self.reason}",
            fix="Everything can be read; try to change it again later.",
            extra={"retryAfterSeconds": seconds},
        )


async def begin_maintenance(
    services: Services, operator: Operator, *, reason: str, until: int | None
) -> Maintenance:
    """Let nobody write from now on, until an instant in microseconds or until it is ended.

    Raises:
        ReasonMissing, ExpiryInvalid.
    """
    now = services.clock.now()
    if until is not None and not now < until <= now + _SECONDS_MAX * _MICROSECONDS:
        raise ExpiryInvalid(
            "Maintenance ends in the future, within 30 days.",
            field="until",
            fix="Leave it out to end it by hand.",
        )
    found = Maintenance(
        reason=checked_reason(reason), created_by=operator.name, created_at=now, expires_at=until
    )

    async def unit(connection: Connection) -> None:
        await connection.execute(
            _BEGIN, _NAME, found.reason, found.created_by, found.created_at, found.expires_at
        )

    await services.database.write(unit)
    services.signals.give(SIGNAL)
    return found


async def end_maintenance(services: Services) -> bool:
    """Let everybody write again; False when they could."""
    ended = await services.database.write(lambda connection: connection.execute(_END, _NAME))
    services.signals.give(SIGNAL)
    return ended == 1


async def find_maintenance(services: Services) -> Maintenance | None:
    """Return what holds now, from the database; None when everybody may write."""
    now = services.clock.now()
    found = await services.database.read(read_maintenance)
    return found if found is not None and found.is_on(now) else None


async def is_read_only(services: Services) -> bool:
    """Tell whether what would write into the books has to wait."""
    return await find_maintenance(services) is not None


async def read_maintenance(connection: Connection) -> Maintenance | None:
    """Return what is stored, whether its time is over or not; a unit of work."""
    row = await connection.fetch_one(_FIND, _NAME)
    if row is None:
        return None
    return Maintenance(reason=row[0], created_by=row[1], created_at=row[2], expires_at=row[3])
