"""The built assets, answered from memory and compressed when they were built.

It exists because a file server that stats, opens and compresses on each request costs more than the
dashboard itself. Names carry a hash of their content, so browsers keep them for a year.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

PREFIX: Final = "/assets/"
ROOT: Final = Path(__file__).parent / "static" / "dist"
_HASHED: Final = re.compile(r"-[0-9A-Z]{8}\.[a-z0-9]+$")
_IMMUTABLE: Final = b"public, max-age=31536000, immutable"
_REVALIDATE: Final = b"no-cache"
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
# What the operating system's table may lack or get wrong.
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One answer: headers and bytes of one file in one encoding."""

    headers: tuple[tuple[bytes, bytes], ...]
    etag: bytes
    body: bytes


class StaticFiles:
    """Answers GET and HEAD under `/assets/`; everything else passes to the application."""

    def __init__(self, app: ASGIApp, root: Path = ROOT) -> None:
        """Note the names of the files; each is read when it is first asked for."""
        self._app = app
        self._root = root
        self._names = frozenset(
            path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()
        )
        self._assets: dict[tuple[str, str], Asset] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        name = scope["path"][len(PREFIX) :]
        if name not in self._names or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = "/assets"
        await _answer(scope, self._asset(name, scope["headers"]), send)

    def _asset(self, name: str, headers: Iterable[tuple[bytes, bytes]]) -> Asset:
        accepted = next((value for key, value in headers if key == b"accept-encoding"), b"")
        words = accepted.decode("latin-1").replace(" ", "").split(",")
        encoding, suffix = "", ""
        for candidate, ending in _ENCODINGS:
            if candidate in words and name + ending in self._names:
                encoding, suffix = candidate, ending
                break
        known = self._assets.get((name, encoding))
        if known is None:
            known = self._assets[name, encoding] = _load(self._root, name, encoding, suffix)
        return known


def _load(root: Path, name: str, encoding: str, suffix: str) -> Asset:
    body = (root / (name + suffix)).read_bytes()
    etag = f'"{sha256(body).hexdigest()[:24]}"'.encode()
    path = Path(name)
    media = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = [
        (b"content-type", media.encode()),
        (b"cache-control", _IMMUTABLE if _HASHED.search(name) else _REVALIDATE),
        (b"etag", etag),
        (b"vary", b"accept-encoding"),
    ]
    if encoding:
        headers.append((b"content-encoding", encoding.encode()))
    return Asset(tuple(headers), etag, body)


async def _answer(scope: HTTPScope, asset: Asset, send: Send) -> None:
    known = next((value for key, value in scope["headers"] if key == b"if-none-match"), b"")
    if asset.etag in known:
        kept = [pair for pair in asset.headers if pair[0] != b"content-type"]
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    headers = [*asset.headers, (b"content-length", str(len(asset.body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else asset.body
    await send({"type": "http.response.body", "body": body, "more_body": False})
