"""Who asks, decided before any handler runs: everything is refused unless a route says otherwise.

It exists as a layer below the router and above the handlers, so that a route that forgets to ask
is closed, not open. Programs (`/api/`) bring a Bearer token; pages bring cookies.
"""

from __future__ import annotations

from typing import Any, Final

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from pfh.core.errors import Kind, Problem
from pfh.entry.this_machine import is_from_this_machine
from pfh.entry.web.cross_site import refuse_cross_site
from pfh.entry.web.methods import answer_options
from pfh.entry.web.operators import Operators
from pfh.features.identity import api as identity
from pfh.features.operations.api import Switches
from pfh.features.web.operation import (
    ADMINISTERS,
    ANYONE_OPTION,
    OPERATOR_OPTION,
    OPERATOR_SCOPE,
    PUBLIC_OPTION,
    SPARES_BOOKS_OPTION,
)
from pfh.observability.correlation import correlation_id
from pfh.ports.services import Services

_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})


class Authentication:
    """Sets `scope["user"]`, or raises a problem before the handler is reached."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        services: Services,
        secure: bool,
        admin_token: bytes | None,
        switches: Switches,
    ) -> None:
        """Take what is needed to tell who asks; `secure` says that browsers come over https."""
        self._app = app
        self._services = services
        self._secure = secure
        self._operators = Operators(services, admin_token)
        self._switches = switches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        connection: Any = scope
        options = connection["route_handler"].opt
        is_api = connection["path"].startswith("/api/")
        connection["auth"] = connection["user"] = None
        if connection.get("method") == "OPTIONS":
            await answer_options(connection, send)
            return
        who = options.get(OPERATOR_OPTION)
        if who is None and not options.get(SPARES_BOOKS_OPTION):
            self._refuse_in_maintenance(connection)
        if who is not None:
            by = self._operate if is_api else self._operate_by_page
            await by(connection, receive, send, who)
            return
        if is_api:
            if not options.get(PUBLIC_OPTION):
                connection["user"] = await identity.authenticate_bearer(
                    _header(connection, b"authorization"), self._services, _client(connection)
                )
        else:
            if connection["method"] not in _SAFE_METHODS:
                refuse_cross_site(connection["headers"])
            if not options.get(PUBLIC_OPTION):
                anyone = bool(options.get(ANYONE_OPTION))
                send = await self._visitor(connection, send, may_be_unknown=anyone)
        await self._app(scope, receive, send)

    async def _operate(self, scope: Any, receive: Receive, send: Send, who: str) -> None:  # noqa: ANN401 -- one of the framework's scopes
        """Serve what operators may ask; what administers is limited and recorded."""
        if who == "loopback" and is_from_this_machine(scope):
            await self._app(scope, receive, send)
            return
        operator = await self._operators.admit(
            scope, _header(scope, b"authorization"), monitors=who != ADMINISTERS
        )
        scope["user"] = operator
        if who == ADMINISTERS:
            await self._operators.serve(self._app, scope, receive, send, operator)
        else:
            await self._app(scope, receive, send)

    async def _operate_by_page(self, scope: Any, receive: Receive, send: Send, who: str) -> None:  # noqa: ANN401 -- as above
        """Serve a page of administrators: what it changes is limited and recorded, looks are not.

        A page looks every few seconds, which would bury in the record what was done.
        """
        assert who == ADMINISTERS
        is_act = scope["method"] not in _SAFE_METHODS
        if is_act:
            refuse_cross_site(scope["headers"])
        send = await self._visitor(scope, send, may_be_unknown=False)
        operator = self._operators.admit_visitor(scope)
        scope[OPERATOR_SCOPE] = operator
        if is_act:
            await self._operators.serve(self._app, scope, receive, send, operator)
        else:
            await self._app(scope, receive, send)

    async def _visitor(self, scope: Any, send: Send, *, may_be_unknown: bool) -> Send:  # noqa: ANN401 -- one of the framework's scopes
        """Set the user of a page, and return a `send` that renews the cookies when that is due."""
        client = _client(scope)
        secure = self._secure or scope["scheme"] == "https"
        cookies = _header(scope, b"cookie")
        try:
            visit = await identity.visit_from_cookies(
                cookies, client, self._services, secure=secure
            )
        except Problem as problem:
            if may_be_unknown and problem.kind is Kind.UNAUTHENTICATED:
                return send
            raise
        scope["user"] = visit.actor
        if not visit.cookies:
            return send
        renewed = [(b"set-cookie", cookie.header().encode()) for cookie in visit.cookies]

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *renewed]
            await send(message)

        return send_with_cookies

    def _refuse_in_maintenance(self, scope: Any) -> None:  # noqa: ANN401 -- as above
        """Refuse what may write into the books while they are held."""
        maintenance = self._switches.maintenance
        if maintenance is not None and scope["method"] not in _SAFE_METHODS:
            raise maintenance.refusal(self._services.clock.now())


def _client(scope: Any) -> identity.Client:  # noqa: ANN401 -- as above
    return identity.client_of(scope, correlation_id.get())


def _header(scope: Any, wanted: bytes) -> str | None:  # noqa: ANN401 -- as above
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value.decode("latin-1"))
    return None
