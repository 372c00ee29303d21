"""Who asks, decided before any handler runs: everything is refused unless a route says otherwise.

It exists as a layer below the router and above the handlers, so that a route that forgets to ask
is closed, not open. Programs (`/api/`) bring a Bearer token; pages bring cookies.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hmac import compare_digest
from typing import Any, Final, TypeAlias

from litestar.types import ASGIApp, Receive, Scope, Send

from pfh.core.errors import Kind, Problem
from pfh.entry.web.cross_site import refuse_cross_site
from pfh.features.web.operation import ANYONE_OPTION, OPERATOR_OPTION, PUBLIC_OPTION
from pfh.observability.correlation import correlation_id
from pfh.ports.actor import Actor, NotAllowed
from pfh.ports.services import Services

_LOOPBACK: Final = ("127.", "::1", "::ffff:127.")
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})


# The Authorization or Cookie header, the services, the correlation → who it is.
Authenticate: TypeAlias = Callable[[str | None, Services, str], Awaitable[Actor]]


class Authentication:
    """Sets `scope["user"]`, or raises a problem before the handler is reached."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        services: Services,
        bearer: Authenticate,
        cookie: Authenticate,
        admin_token: bytes | None,
    ) -> None:
        """Take the two ways to tell who asks."""
        self._app = app
        self._services = services
        self._bearer = bearer
        self._cookie = cookie
        self._admin_token = admin_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        connection: Any = scope
        connection["auth"] = None
        connection["user"] = await self._user(connection)
        await self._app(scope, receive, send)

    async def _user(self, scope: Any) -> Actor | None:  # noqa: ANN401 -- one of the framework's scopes
        options = scope["route_handler"].opt
        method = scope.get("method", "GET")
        is_api = scope["path"].startswith("/api/")
        if method == "OPTIONS":
            return None
        if options.get(OPERATOR_OPTION):
            return await self._operator(scope)
        if not is_api and method not in {"GET", "HEAD"}:
            refuse_cross_site(scope["headers"])
        if options.get(PUBLIC_OPTION):
            return None
        if is_api:
            return await self._bearer(
                _header(scope, b"authorization"), self._services, correlation_id.get()
            )
        return await self._visitor(scope, may_be_unknown=bool(options.get(ANYONE_OPTION)))

    async def _visitor(self, scope: Any, *, may_be_unknown: bool) -> Actor | None:  # noqa: ANN401 -- as above
        cookies = _header(scope, b"cookie")
        try:
            return await self._cookie(cookies, self._services, correlation_id.get())
        except Problem as problem:
            if may_be_unknown and problem.kind is Kind.UNAUTHENTICATED:
                return None
            raise

    async def _operator(self, scope: Any) -> Actor | None:  # noqa: ANN401 -- as above
        """Let in the operator's token, an administrator or, where allowed, this machine."""
        options = scope["route_handler"].opt
        if options[OPERATOR_OPTION] == "loopback" and is_from_this_machine(scope):
            return None
        header = _header(scope, b"authorization")
        if self._admin_token and compare_digest(_token(header), self._admin_token):
            return None
        actor = await self._bearer(header, self._services, correlation_id.get())
        if actor.role != "admin":
            raise NotAllowed(
                "Only an administrator of this hub may see that.",
                fix="Sign in as an administrator, or send ADMIN_TOKEN.",
            )
        return actor


def is_from_this_machine(scope: Any) -> bool:  # noqa: ANN401 -- as above
    """Tell whether a loopback peer asks that no proxy speaks for."""
    client = scope.get("client")
    if not client or not str(client[0]).startswith(_LOOPBACK):
        return False
    return not any(name in _FORWARDED for name, _ in scope["headers"])


def _header(scope: Any, wanted: bytes) -> str | None:  # noqa: ANN401 -- as above
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value.decode("latin-1"))
    return None


def _token(header: str | None) -> bytes:
    scheme, _, token = (header or "").partition(" ")
    return token.strip().encode() if scheme.lower() == "bearer" else b""
