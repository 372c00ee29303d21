"""The consumer that does the long steps of imports: it reads files, commits and reverts them.

The database says what is to do, so a step that a stopped process left is taken up by the next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from pfh.features.imports import store
from pfh.features.imports.manage_import import SIGNAL
from pfh.features.imports.run_import import commit, fail, read_file, revert
from pfh.features.imports.store import ImportRecord
from pfh.observability.logging import get_logger
from pfh.observability.metrics import IMPORT_FILES, IMPORT_ROWS, IMPORT_SECONDS
from pfh.ports.database import DatabaseError
from pfh.ports.services import Services

_LOGGER: Final = get_logger(__name__)
_WORDS: Final = (
    "The hub met a fault of its own with this file. What was booked stays and can be reverted;"
    " please report it with the import's number."
)
POLL_SECONDS: Final = 5.0
_Step = Callable[[Services, ImportRecord, Callable[[ImportRecord], None]], Awaitable[ImportRecord]]
_STEPS: Final[dict[str, _Step]] = {
    "reading": read_file,
    "committing": commit,
    "reverting": revert,
}


async def run(services: Services, stopping: asyncio.Event) -> None:
    """Work on one import after another until `stopping` is set.

    One at a time: there is one writer, and two imports side by side only slow each other.
    """
    while not stopping.is_set():
        waiting = await services.database.read(store.unfinished_imports)
        for record in waiting:
            if stopping.is_set():
                return
            await _step(services, record, stopping)
        if not waiting:
            await _wait(services, stopping)


async def _step(services: Services, record: ImportRecord, stopping: asyncio.Event) -> None:
    begun = time.perf_counter()

    def progress(_: ImportRecord) -> None:
        # Between two batches is the place to stop: everything so far is committed.
        if stopping.is_set():
            raise asyncio.CancelledError

    try:
        after = await _STEPS[record.status](services, record, progress)
    except asyncio.CancelledError:
        if stopping.is_set():
            return
        raise
    except DatabaseError:
        # The database will be back; the step is still written there.
        raise
    except Exception as error:  # noqa: BLE001 -- one file must not stop all others for ever
        _LOGGER.failure("import_failed", error, import_id=record.import_id, step=record.status)
        after = await fail(services, record, _WORDS)
    IMPORT_FILES.labels(after.format or "unknown", after.status).inc()
    if after.status == "committed":
        IMPORT_SECONDS.labels(after.format).observe(time.perf_counter() - begun)
        IMPORT_ROWS.labels(after.format, "new").inc(after.new_count)
        IMPORT_ROWS.labels(after.format, "duplicate").inc(after.duplicate_count)
        IMPORT_ROWS.labels(after.format, "error").inc(after.error_count)


async def _wait(services: Services, stopping: asyncio.Event) -> None:
    signal = asyncio.ensure_future(services.signals.wait(SIGNAL, seconds=POLL_SECONDS))
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({signal, stop}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in (signal, stop):
            waiter.cancel()
