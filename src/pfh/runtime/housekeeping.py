"""The consumer that takes out of the way what nobody needs any more, once an hour.

It exists so that a hub that runs for years keeps the size of its books, and so that a feature adds
its own round by one line here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from pfh.features.backup.api import forget_backup_records
from pfh.features.households.api import erase_households
from pfh.features.identity.api import forget_codes, forget_refusals
from pfh.features.imports.api import release_files
from pfh.features.ledger.api import recount_account_totals
from pfh.features.mail.api import forget_mail
from pfh.features.operations.api import is_read_only
from pfh.observability.logging import get_logger
from pfh.persistence.forget_answers import forget_answers
from pfh.ports.services import Services

Round: TypeAlias = Callable[[Services], Awaitable[int]]
"""Removes what is due and returns how much it was; may be cut off and run again."""

ROUNDS: Final[dict[str, Round]] = {
    "stored answers": forget_answers,
    "imported files": release_files,
    "households that nobody belongs to": erase_households,
    "mail": forget_mail,
    "codes of letters": forget_codes,
    "counts of refused sign-ins": forget_refusals,
    "doubted sums of accounts": recount_account_totals,
    "records of backups": forget_backup_records,
}
# The first visitors after a start come before the broom.
FIRST_PAUSE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 3_600.0
_LOGGER: Final = get_logger(__name__)


async def run(services: Services, stopping: asyncio.Event) -> None:
    """Sweep until `stopping` is set."""
    await _pause(stopping, FIRST_PAUSE_SECONDS)
    while not stopping.is_set():
        await sweep(services)
        await _pause(stopping, PAUSE_SECONDS)


async def sweep(services: Services) -> None:
    """Run every round once and log what each removed; nothing goes while the books are held."""
    if await is_read_only(services):
        return
    for what, remove in ROUNDS.items():
        count = await remove(services)
        if count:
            _LOGGER.info("housekeeping_removed", what=what, count=count)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
