"""The consumer that does the long steps of imports: it reads files, commits and reverts them.

The database says what is to do, so a step that a stopped process left is taken up by the next. Of
several processes one has an import at a time: it claims it for a while and keeps renewing the claim
(docs/specs/import-matching.md §4).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final, cast

from pfh.features.imports import store
from pfh.features.imports.manage_import import SIGNAL
from pfh.features.imports.run_import import commit, fail, read_file, revert
from pfh.features.imports.store import ImportRecord
from pfh.features.operations.api import is_read_only
from pfh.observability.logging import get_logger
from pfh.observability.memory import give_back_memory
from pfh.observability.metrics import IMPORT_FILES, IMPORT_ROWS, IMPORT_SECONDS
from pfh.ports.database import DatabaseError
from pfh.ports.objects import ObjectMissing, ObjectsUnavailable
from pfh.ports.services import Services

_LOGGER: Final = get_logger(__name__)
_WORDS: Final = (
    "The hub met a fault of its own with this file. What was booked stays and can be reverted;"
    " please report it with the import's number."
)
POLL_SECONDS: Final = 5.0
# A worker that died is missed after this time; one that lives renews three times as often.
CLAIM_SECONDS: Final = 30
_RENEWALS: Final = 3
# A process on another machine may not have the file that was uploaded; the one that has it goes
# first, and only when it does not come is the file given up.
FILE_PATIENCE_SECONDS: Final = 60.0
_MICROSECONDS: Final = 1_000_000
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
    if services.database.dialect == "sqlite":
        # The one hub of this file just started: whoever had a claim is gone.
        await services.database.write(store.release_every_claim)
    absent: dict[int, float] = {}
    while not stopping.is_set():
        worked = False
        for record in await _waiting(services):
            if stopping.is_set():
                return
            if await _has_file(services, record, absent):
                worked |= await _claim_and_step(services, record.import_id, stopping)
        if not worked:
            await _wait(services, stopping)


async def _waiting(services: Services) -> list[ImportRecord]:
    """Return what is to do: nothing while the books are held, and what is under way ends."""
    if await is_read_only(services):
        return []
    now = services.clock.now()
    return await services.database.read(
        lambda connection: store.unfinished_imports(connection, now)
    )


async def _has_file(services: Services, record: ImportRecord, absent: dict[int, float]) -> bool:
    """Tell whether the file can be read here, or nobody else seems to have it either."""
    if record.status == "reverting":
        return True
    chunks = cast("AsyncGenerator[bytes]", services.objects.get(record.object_key))
    try:
        async with contextlib.aclosing(chunks):
            await anext(chunks, b"")
    except ObjectMissing:
        since = absent.setdefault(record.import_id, time.monotonic())
        return time.monotonic() - since >= FILE_PATIENCE_SECONDS
    absent.pop(record.import_id, None)
    return True


async def _claim_and_step(services: Services, import_id: int, stopping: asyncio.Event) -> bool:
    """Do the step that an import waits for, unless another process is at it; tell whether."""
    claim = services.identifiers.next()
    now = services.clock.now()
    until = now + CLAIM_SECONDS * _MICROSECONDS
    record = await services.database.write(
        lambda connection: store.claim_import(
            connection, import_id, claim=claim, now=now, until=until
        )
    )
    if record is None:
        return False
    renewing = asyncio.create_task(_renew(services, import_id, claim))
    try:
        await _step(services, record, stopping)
    except store.ClaimLost:
        _LOGGER.info("import_taken_over", import_id=import_id, step=record.status)
    finally:
        renewing.cancel()
    await asyncio.to_thread(give_back_memory)
    return True


async def _renew(services: Services, import_id: int, claim: int) -> None:
    """Keep a claim alive; a database that is away may end it, which costs time and nothing else."""
    while True:
        await asyncio.sleep(CLAIM_SECONDS / _RENEWALS)
        until = services.clock.now() + CLAIM_SECONDS * _MICROSECONDS
        with contextlib.suppress(DatabaseError):
            await services.database.write(
                lambda connection, until=until: store.renew_claim(  # type: ignore[misc]
                    connection, import_id, claim=claim, until=until
                )
            )


async def _step(services: Services, record: ImportRecord, stopping: asyncio.Event) -> None:
    begun = time.perf_counter()
    claim = record.claimed_by or 0

    def progress(_: ImportRecord) -> None:
        # Between two batches is the place to stop: everything so far is committed.
        if stopping.is_set():
            raise asyncio.CancelledError

    try:
        after = await _STEPS[record.status](services, record, progress)
    except asyncio.CancelledError:
        if stopping.is_set():
            await services.database.write(
                lambda connection: store.release_claim(connection, record.import_id, claim=claim)
            )
            return
        raise
    except (DatabaseError, ObjectsUnavailable, store.ClaimLost):
        # The server will be back, or another worker goes on; the step is still in the database.
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
