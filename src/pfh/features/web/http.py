"""What the `http.py` of every feature shares: the request, the services, a stored answer.

It exists so that an answer that was stored for an `Idempotency-Key` is told in one way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from litestar import Request, Response
from litestar.types import Receive, Scope, Send

from pfh.features.operations import api as operations
from pfh.persistence.idempotency import Answer
from pfh.ports.actor import Actor
from pfh.ports.services import Services

WebRequest: TypeAlias = Request[Actor, Any, Any]
"""A request of the JSON API by somebody who is signed in."""

_TYPE: Final = (b"content-type", b"application/json")
_Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
_REPLAYED: Final = ((b"idempotency-replayed", b"true"),)


def services_of(request: Request[Any, Any, Any]) -> Services:
    """Return the ports of this installation."""
    services: Services = request.app.state["services"]
    return services


def switches_of(request: Request[Any, Any, Any]) -> operations.Switches:
    """Return what this process knows of maintenance and of refused addresses."""
    switches: operations.Switches = request.app.state["switches"]
    return switches


def note(request: Request[Any, Any, Any], **facts: str | int) -> None:
    """Add facts to the record of what an administrator does here; never a secret."""
    scope: Any = request.scope
    scope[operations.AUDIT_DETAIL].update(facts)


def answered(answer: Answer) -> Response[bytes]:
    """Render what a writing use-case answers; a repetition says so in `Idempotency-Replayed`."""
    headers = _REPLAYED if answer.replayed else ()
    return JsonAnswer(answer.body, status=answer.status, headers=headers)


class JsonAnswer(Response[bytes]):
    """An answer whose body is JSON already, sent as it is.

    The framework's own looks at encoders, cookies and headers that such an answer never has: 20 µs
    of each request, as much as finding the session.

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
