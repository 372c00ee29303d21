"""Letters to whoever operates the hub, when its own backups fail or are not made.

It exists for hubs that nobody watches with Prometheus: a backup that has failed for a month is
noticed on the day on which it is needed.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from pfh.features.backup import store
from pfh.features.backup.keep_records import BackupStanding, read_standing
from pfh.features.identity.api import UserRecord, administrators
from pfh.features.mail.api import Letter, hint_letter, post_letter, was_posted
from pfh.observability.logging import get_logger
from pfh.ports.database import Connection
from pfh.ports.services import Services

Trouble: TypeAlias = Literal["backup_failed", "backup_old"]
"""What is wrong with the backups; also the kind of the letter."""
KINDS: Final[tuple[Trouble, ...]] = ("backup_failed", "backup_old")
# A backup that is due may take its time.
PATIENCE_HOURS: Final = 2
_MICROSECONDS_PER_HOUR: Final = 3_600 * 1_000_000
_MICROSECONDS_PER_DAY: Final = 24 * _MICROSECONDS_PER_HOUR
_LOGGER: Final = get_logger(__name__)


async def warn_administrators(services: Services, *, every_hours: int) -> int:
    """Put a letter to each administrator into the outbox if there is trouble; return how many.

    There is at most one such letter to each in a day, however many processes look. Without a mailer
    that delivers there is none: nobody reads the folder.
    """
    if not services.mailer.delivers:
        return 0
    now = services.clock.now()

    async def look(connection: Connection) -> tuple[Trouble | None, list[UserRecord]]:
        trouble = _trouble(await read_standing(connection), every_hours, now)
        return trouble, [] if trouble is None else await administrators(connection)

    trouble, people = await services.database.read(look)
    if trouble is None or not people:
        return 0
    letters = [_letter(services.identifiers.next(), trouble, user) for user in people]

    async def unit(connection: Connection) -> int:
        # Of several processes that look at once, one writes.
        await store.hold_records(connection)
        if await was_posted(connection, KINDS, since=now - _MICROSECONDS_PER_DAY):
            return 0
        for letter in letters:
            await post_letter(connection, letter, now=now)
        return len(letters)

    count = await services.database.write(unit)
    if count:
        hint_letter(services)
        _LOGGER.warning("backup_warning_posted", kind=trouble, count=count)
    return count


def _trouble(standing: BackupStanding, every_hours: int, now: int) -> Trouble | None:
    done, failed = standing.last_backup, standing.last_failed_backup
    if failed is not None and (done is None or failed.started_at > done.started_at):
        return "backup_failed"
    oldest = now - (every_hours + PATIENCE_HOURS) * _MICROSECONDS_PER_HOUR
    # A hub that has never made one is about to.
    return "backup_old" if done is not None and done.started_at < oldest else None


def _letter(mail_id: int, trouble: Trouble, user: UserRecord) -> Letter:
    return Letter(
        mail_id=mail_id,
        kind=trouble,
        recipient=user.email,
        user_id=user.user_id,
        language=user.language,
        name=user.first_name,
        path="/admin/operations",
        # Tomorrow's letter says the same, or nothing.
        useful_seconds=_MICROSECONDS_PER_DAY // 1_000_000,
    )
