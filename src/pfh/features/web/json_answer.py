"""An answer whose body is JSON already, sent as it is.

It exists because the framework's own response looks at encoders, cookies and headers that such an
answer never has: 20 µs of each request, as much as finding the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from litestar import Request, Response
from litestar.types import Receive, Scope, Send

_TYPE: Final = (b"content-type", b"application/json")
_Headers = Sequence[tuple[bytes, bytes]]


class JsonAnswer(Response[bytes]):
    """Bytes of JSON.

    Args:
        body: the text, in UTF-8.
        status: None for that of the route.
        headers: more of them, in lower case.
    """

    __slots__ = ("_more",)

    def __init__(self, body: bytes, *, status: int | None = None, headers: _Headers = ()) -> None:
        """Keep what is sent; nothing else of a response of the framework is used."""
        self.content = body
        self.status_code = status
        self._more = headers

    def to_asgi_response(  # type: ignore[override]  # The framework only calls what it gets.
        self,
        app: object,  # noqa: ARG002 -- the framework's, as the others
        request: Request[Any, Any, Any],  # noqa: ARG002
        *,
        status_code: int,
        **_: object,
    ) -> _Messages:
        """Return what sends it."""
        length = (b"content-length", str(len(self.content)).encode())
        return _Messages(
            self.status_code or status_code, [_TYPE, length, *self._more], self.content
        )


class _Messages:
    """The two messages of an answer."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._status = status
        self._headers = headers
        self._body = body

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self._status, "headers": self._headers}
        )
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
