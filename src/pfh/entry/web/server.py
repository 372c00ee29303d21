"""Serving the application with uvicorn, from the open port to the last answer."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Final

import uvicorn
from litestar.types import ASGIApp

from pfh.entry.listener import open_listener
from pfh.entry.web.app import create_app
from pfh.entry.web.http_protocol import BoundedHttp
from pfh.observability.logging import get_logger
from pfh.runtime.build import COMMIT, VERSION
from pfh.runtime.lifespan import Hub
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings

_SETTLE_AFTER_SECONDS: Final = 1.0
# How long one thread may keep the interpreter while another waits for it. With Python's 5 ms the
# threads of the database hold up each other and the loop: lists cost a quarter more.
_SWITCH_SECONDS: Final = 0.0005
_LOGGER: Final = get_logger(__name__)


class HubServer(uvicorn.Server):
    """uvicorn that first tells the load balancer, and then stops."""

    def __init__(
        self,
        config: uvicorn.Config,
        hub: Hub,
        *,
        drain_seconds: int,
        when_started: Callable[[], None],
    ) -> None:
        """Remember what to tell and how long to wait."""
        super().__init__(config)
        self._hub = hub
        self._drain_seconds = drain_seconds
        self._when_started = when_started
        self._closes_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open for requests, then say so."""
        await super().startup(sockets)
        if self.started:
            self._when_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to signals while serving.

        uvicorn's own raises the signal again at the end, which would kill the process before the
        services are closed.
        """
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Turn readiness off at the first signal; a second one stops at once."""
        if self._hub.draining or self._drain_seconds == 0:
            self._hub.draining = True
            super().handle_exit(sig, frame)
        else:
            self._hub.draining = True
            self._closes_at = monotonic() + self._drain_seconds

    async def on_tick(self, counter: int) -> bool:
        """Look ten times a second whether the time to notice is over."""
        if self._closes_at is not None and monotonic() >= self._closes_at:
            self.should_exit = True
        return await super().on_tick(counter)


async def serve(settings: Settings, *, when_ready: Callable[[str], None] | None = None) -> None:
    """Serve until a signal; returns when everything is closed.

    Args:
        settings: what the operator chose.
        when_ready: called once with the address when the port is open.

    Raises:
        DatabaseUnavailable: the books cannot be opened.
        OSError: the port cannot be had.
    """
    listener = open_listener(settings.host, settings.port)
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        async with open_services(settings) as services:
            app = create_app(services, settings)
            port = listener.getsockname()[1]

            def started() -> None:
                # It takes 50 ms, which the first visitor need not wait for.
                asyncio.get_running_loop().call_later(_SETTLE_AFTER_SECONDS, _settle)
                build = {"version": VERSION, "commit": COMMIT}
                _LOGGER.info("hub_started", host=settings.host, port=port, **build)
                if when_ready is not None:
                    when_ready(address(settings, port))

            server = HubServer(
                _config(app, settings),
                app.state["hub"],
                drain_seconds=settings.drain_seconds,
                when_started=started,
            )
            await server.serve(sockets=[listener])
        _LOGGER.info("hub_stopped")
    finally:
        listener.close()


def address(settings: Settings, port: int) -> str:
    """Return where to click: the base address, with the real port when a free one was taken."""
    return settings.base_url if settings.port else f"http://localhost:{port}"


def _config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=settings.stop_seconds,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=None,
    )


# Requests leave next to no cycles for the collector. At the usual 700 objects it looks at every
# seventeenth create, which is 7 µs of each.
_OBJECTS_BETWEEN_LOOKS: Final = 20_000
_LOOKS_BEFORE_OLDER: Final = 20


def _settle() -> None:
    """Take what start-up made out of the garbage collector's sight: it stays for ever."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, _LOOKS_BEFORE_OLDER, _LOOKS_BEFORE_OLDER)
    gc.enable()
