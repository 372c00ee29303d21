"""What load balancers and Prometheus ask of a process without pages.

`/livez` and `/readyz` mean what they mean for `pfh serve`; `/api/metrics` is open to this machine,
else to ADMIN_TOKEN.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from hmac import compare_digest
from typing import Any, Final

import uvicorn

from pfh.entry.listener import open_listener
from pfh.entry.this_machine import is_from_this_machine
from pfh.features.backup.api import show_backups
from pfh.observability.metrics import MEDIA_TYPE, exposition
from pfh.ports.database import Database, DatabaseTimeout, DatabaseUnavailable
from pfh.runtime.lifespan import Hub
from pfh.runtime.schema import is_current
from pfh.runtime.settings import Settings

_JSON: Final = "application/json"
_BOOKS_SECONDS: Final = 2.0
_Answer = tuple[int, str, bytes]


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Probes:
    """The application: three paths, GET alone."""

    def __init__(self, settings: Settings, hub: Hub, database: Database) -> None:
        """Take what the answers are made of."""
        self._token = settings.admin_token
        self._hub = hub
        self._database = database

    async def __call__(self, scope: Any, _: Any, send: Callable[[Any], Any]) -> None:  # noqa: ANN401 -- ASGI's own shapes
        """Answer one request."""
        if scope["type"] != "http":
            return
        status, media_type, body = await self._answer(scope)
        headers = [
            (b"content-type", media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Any) -> _Answer:  # noqa: ANN401 -- as above
        if scope["method"] not in {"GET", "HEAD"}:
            return 405, _JSON, b'{"code":"method_not_allowed"}'
        match scope["path"]:
            case "/livez":
                return 200, _JSON, b'"ok"'
            case "/readyz":
                return await self._ready()
            case "/api/metrics":
                if not self._may_read(scope):
                    return 401, _JSON, b'{"code":"not_signed_in"}'
                # Whoever scrapes does not wait as long as a query may: books that hang hide no more
                # than what only they know.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_BOOKS_SECONDS):
                        await show_backups(self._database)
                return 200, MEDIA_TYPE, exposition()
            case _:
                return 404, _JSON, b'{"code":"not_found"}'

    async def _ready(self) -> _Answer:
        if self._hub.draining:
            return 503, _JSON, b'{"code":"stopping"}'
        try:
            if not await is_current(self._database):
                return 503, _JSON, b'{"code":"migrations_pending"}'
        except (DatabaseUnavailable, DatabaseTimeout):
            return 503, _JSON, b'{"code":"temporarily_unavailable"}'
        return 200, _JSON, b'{"status":"ok"}'

    def _may_read(self, scope: Any) -> bool:  # noqa: ANN401 -- as above
        if is_from_this_machine(scope):
            return True
        scheme, _, token = dict(scope["headers"]).get(b"authorization", b"").partition(b" ")
        return bool(
            self._token and scheme.lower() == b"bearer" and compare_digest(token, self._token)
        )


@asynccontextmanager
async def open_probes(
    settings: Settings, hub: Hub, database: Database
) -> AsyncIterator[int | None]:
    """Answer beside the block, and return the port; None when none is wanted."""
    if settings.probes_port is None:
        yield None
        return
    listener = open_listener(settings.host, settings.probes_port)
    config = uvicorn.Config(
        Probes(settings, hub, database),
        loop="none",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="probes")
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await task
        listener.close()
