"""A process that works beside `pfh serve`: from its start to the signal that ends it."""

from __future__ import annotations

import asyncio
import platform
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final

from pfh.entry.worker.probes import open_probes
from pfh.observability.logging import get_logger
from pfh.observability.metrics import describe_build
from pfh.ports.services import Services
from pfh.runtime.build import COMMIT, VERSION
from pfh.runtime.lifespan import Consumer, Hub, running_consumers
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings

_LOGGER: Final = get_logger(__name__)
Opening = Callable[[Services, Settings, AsyncExitStack], Coroutine[Any, Any, dict[str, Consumer]]]
"""Opens what the work needs, closed by the stack after it has ended, and returns it by name."""


async def run_worker(settings: Settings, name: str, opening: Opening) -> None:
    """Work until a signal; what is under way then is finished.

    The first signal makes the process unready and ends the work after its batch, within
    `PFH_STOP_SECONDS`; a second one does nothing more.

    Raises:
        DatabaseUnavailable: the books cannot be opened.
        OSError: the port of the probes cannot be had.
    """
    hub, stopping = Hub(), asyncio.Event()
    describe_build(VERSION, COMMIT, platform.python_version())

    def stop() -> None:
        hub.draining = True
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings, exclusive=False))
        port = await stack.enter_async_context(open_probes(settings, hub, services.database))
        works = await opening(services, settings, stack)
        async with running_consumers(services, works, stop_seconds=settings.stop_seconds):
            build = {"version": VERSION, "commit": COMMIT}
            _LOGGER.info("worker_started", worker=name, port=port, **build)
            await stopping.wait()
            _LOGGER.info("worker_draining", worker=name)
    _LOGGER.info("worker_stopped", worker=name)


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """Return after so many seconds, or when the process stops."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
