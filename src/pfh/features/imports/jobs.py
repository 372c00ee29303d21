"""Imports at work in this process: started, watched, and taken up again after a stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from pfh.features.imports import store
from pfh.features.imports.run_import import commit, read_file, revert
from pfh.features.imports.store import ImportRecord
from pfh.ports.services import Services

_log = structlog.get_logger(__name__)
_STEPS: dict[str, Callable[..., Awaitable[ImportRecord]]] = {
    "reading": read_file,
    "committing": commit,
    "reverting": revert,
}


class ImportJobs:
    """Runs the long steps one after another, and knows how far each is.

    One at a time: the writer is one, and two imports side by side only slow each other. The truth
    is in the database; this is the memory of what happens now.
    """

    def __init__(self, services: Services) -> None:
        """Start with nothing to do."""
        self._services = services
        self._turn = asyncio.Lock()
        self._tasks: dict[int, asyncio.Task[ImportRecord]] = {}
        self._latest: dict[int, ImportRecord] = {}

    def start(self, record: ImportRecord) -> asyncio.Task[ImportRecord]:
        """Run the step that the record's status names; a step that runs already is returned."""
        running = self._tasks.get(record.import_id)
        if running is not None:
            return running
        self._latest[record.import_id] = record
        task = asyncio.create_task(self._run(record), name=f"import-{record.import_id}")
        self._tasks[record.import_id] = task
        task.add_done_callback(lambda _: self._forget(record.import_id))
        return task

    def latest(self, record: ImportRecord) -> ImportRecord:
        """Return the record with the progress of a step that runs now."""
        return self._latest.get(record.import_id, record)

    async def resume(self) -> int:
        """Take up what a stopped process left; returns how many."""
        left = await self._services.database.read(store.unfinished_imports)
        for record in left:
            self.start(record)
        return len(left)

    async def close(self) -> None:
        """Stop after the batch at work; the next start goes on from there."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, record: ImportRecord) -> ImportRecord:
        async with self._turn:
            try:
                return await _STEPS[record.status](self._services, record, self._note)
            except Exception:
                # The record keeps its status, so the next start tries again.
                _log.exception("IMPORT_STOPPED", import_id=record.import_id, step=record.status)
                raise

    def _note(self, record: ImportRecord) -> None:
        self._latest[record.import_id] = record

    def _forget(self, import_id: int) -> None:
        self._tasks.pop(import_id, None)
        self._latest.pop(import_id, None)
