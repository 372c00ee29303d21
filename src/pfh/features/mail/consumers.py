"""The consumer that empties the outbox, and the round that forgets what was sent.

Several processes may run it: each letter is claimed by one of them. On SQLite there is one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Final

from pfh.features.mail import store
from pfh.features.mail.post_letter import SIGNAL
from pfh.features.mail.send_letter import send_next_letter
from pfh.observability.metrics import MAIL_OLDEST_DUE_SECONDS, MAIL_OUTBOX
from pfh.ports.services import Services

POLL_SECONDS: Final = 5.0
COUNT_SECONDS: Final = 30.0
# However long a mail server wants to be left alone, another may be configured meanwhile.
PAUSE_SECONDS_MAX: Final = 60.0
KEPT_DAYS: Final = {"sent": 30, "dead": 90, "void": 1}
BATCH_LETTERS: Final = 1_000
_MICROSECONDS: Final = 1_000_000
_MICROSECONDS_PER_DAY: Final = 86_400 * _MICROSECONDS


async def run(services: Services, stopping: asyncio.Event) -> None:
    """Send one letter after another until `stopping` is set."""
    counted = -COUNT_SECONDS
    while not stopping.is_set():
        if time.monotonic() - counted >= COUNT_SECONDS:
            await show_waiting(services)
            counted = time.monotonic()
        sending = await send_next_letter(services)
        if sending.outcome == "waiting":
            with contextlib.suppress(TimeoutError):
                pause = min(sending.pause_seconds, PAUSE_SECONDS_MAX)
                await asyncio.wait_for(stopping.wait(), pause)
        elif sending.outcome == "idle":
            await _wait(services, stopping)


async def show_waiting(services: Services) -> None:
    """Set the gauges of the outbox."""
    waiting = await services.database.read(store.count_waiting)
    now = services.clock.now()
    for state in ("due", "dead"):
        MAIL_OUTBOX.labels(state).set(waiting.get(state, (0, now))[0])
    oldest = waiting.get("due", (0, now))[1]
    MAIL_OLDEST_DUE_SECONDS.set(max(now - oldest, 0) / _MICROSECONDS)


async def forget_mail(services: Services) -> int:
    """Delete letters that ended long ago and return how many; in batches."""
    now, total = services.clock.now(), 0
    for state, days in KEPT_DAYS.items():
        before = now - days * _MICROSECONDS_PER_DAY
        while forgotten := await services.database.write(
            lambda connection, state=state, before=before: store.forget(  # type: ignore[misc]
                connection, state, before=before, limit=BATCH_LETTERS
            )
        ):
            total += forgotten
    return total


async def _wait(services: Services, stopping: asyncio.Event) -> None:
    signal = asyncio.ensure_future(services.signals.wait(SIGNAL, seconds=POLL_SECONDS))
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({signal, stop}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in (signal, stop):
            waiter.cancel()
