"""Compressing what is made for one request, when it is worth it.

It exists beside the precompressed static files. Level 1 takes 0.1 ms for a page of 30 kB; level 6
takes 0.4 ms for a result a quarter smaller. Streams pass as they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

LENGTH_MIN: Final = 1024
_LEVEL: Final = 1
_GZIP_WINDOW: Final = 31
_TYPES: Final = (b"text/", b"application/json", b"application/problem+json")


class Compression:
    """Answers with gzip when the caller takes it and the body is one piece of 1 KiB or more."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP or not _takes_gzip(scope["headers"]):
            await self._app(scope, receive, send)
            return
        held: HTTPResponseStartEvent | None = None

        async def send_compressed(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_text(message):
                held = message
                return
            if held is None or message["type"] != "http.response.body":
                await send(message)
                return
            start, held = held, None
            headers = [*start["headers"], (b"vary", b"accept-encoding")]
            body = message["body"]
            if not message["more_body"] and len(body) >= LENGTH_MIN:
                packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
                body = packer.compress(body) + packer.flush()
                headers = [pair for pair in headers if pair[0] != b"content-length"]
                headers.append((b"content-length", str(len(body)).encode()))
                headers.append((b"content-encoding", b"gzip"))
            start["headers"] = headers
            await send(start)
            message["body"] = body
            await send(message)

        await self._app(scope, receive, send_compressed)


def _takes_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    for name, value in headers:
        if name == b"accept-encoding":
            return b"gzip" in value and b"gzip;q=0" not in value.replace(b" ", b"")
    return False


def _is_text(start: HTTPResponseStartEvent) -> bool:
    is_text = False
    for name, value in start["headers"]:
        if name == b"content-type":
            is_text = value.startswith(_TYPES)
        elif name == b"content-encoding":
            return False
    return is_text
