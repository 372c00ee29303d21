"""Who may operate the hub, and the record of every call that they make.

It exists beside `authentication.py` so that no handler of the admin API can be reached without the
role, without a limit and without a row of the audit: none of them has to think of it.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Any, Final

from litestar.exceptions import NotFoundException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from pfh.core.errors import Kind, Problem
from pfh.entry.web.problem_details import failure_of
from pfh.features.identity import api as identity
from pfh.features.operations import api as operations
from pfh.observability.correlation import correlation_id
from pfh.ports.actor import NotAllowed, Operator
from pfh.ports.services import Services

# Acts in a minute of one operator; reading is not counted.
ACTS_MAX: Final = 30
_WINDOW_SECONDS: Final = 60
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})


class AdminTokenNeeded(Problem):
    """ADMIN_TOKEN of the settings was sent where a short-lived token or a person is needed."""

    code = "admin_token_needed"
    kind = Kind.UNAUTHENTICATED


class TooManyActs(Problem):
    """One operator acts more often than any operator would."""

    code = "too_many_acts"
    kind = Kind.THROTTLED


class Operators:
    """Tells who operates the hub.

    Args:
        services: the ports.
        monitoring_token: the lasting token of the settings, which opens the metrics and the
            detailed health and nothing else; None when there is none.
    """

    def __init__(self, services: Services, monitoring_token: bytes | None) -> None:
        """Keep both."""
        self._services = services
        self._monitoring_token = monitoring_token

    async def admit(self, scope: Any, authorization: str | None, *, monitors: bool) -> Operator:  # noqa: ANN401 -- one of the framework's scopes
        """Return the operator of a request.

        Args:
            scope: of the request.
            authorization: its header.
            monitors: whether the lasting token is enough.

        Raises:
            NotAllowed: a person without the role; logged.
            AdminTokenNeeded, CredentialsMissing, AccessTokenInvalid, AccessTokenExpired.
        """
        client = identity.client_of(scope, correlation_id.get())
        token = _token(authorization)
        if self._monitoring_token and compare_digest(token.encode(), self._monitoring_token):
            if monitors:
                return self._operator("monitoring", client)
            raise AdminTokenNeeded(
                "The ADMIN_TOKEN of the settings opens the metrics and the detailed health alone.",
                fix="Make a token for this: `pfh token admin --ttl 5m`.",
            )
        claims = identity.admin_claims(token, self._services)
        if claims is not None:
            return self._operator(f"token:{claims.token_id} {claims.subject}", client)
        actor = await identity.authenticate_bearer(authorization, self._services, client)
        operator = self._operator(f"user:{actor.user_id}", client)
        if actor.role != "admin":
            operations.refuse_audit(operator, _action(scope), "forbidden")
            raise NotAllowed(
                "Only an administrator of this hub may do that.",
                fix="Sign in as an administrator, or use a token of `pfh token admin`.",
            )
        return operator

    def admit_visitor(self, scope: Any) -> Operator:  # noqa: ANN401 -- one of the framework's scopes
        """Return the operator behind a page; whoever has not the role finds no such page.

        Raises:
            NotFoundException: a person without the role; logged.
        """
        actor = scope["user"]
        client = identity.client_of(scope, correlation_id.get())
        operator = self._operator(f"user:{actor.user_id}", client)
        if actor.role != "admin":
            operations.refuse_audit(operator, _action(scope), "forbidden")
            raise NotFoundException
        return operator

    def _operator(self, name: str, client: identity.Client) -> Operator:
        return Operator(
            name=name, address=client.shown_address, correlation_id=client.correlation_id
        )

    async def serve(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, operator: Operator
    ) -> None:
        """Serve one call of the admin API: limited, recorded before it and completed after it.

        Raises:
            TooManyActs, DatabaseError: nothing was done.
        """
        fields: Any = scope
        if fields["method"] not in _SAFE_METHODS:
            await self._limit(operator)
        fields[operations.AUDIT_DETAIL] = {}
        action = _action(fields)
        audit_id = await operations.begin_audit(self._services, operator, action, fields["path"])
        is_complete = False

        async def complete(status: int) -> None:
            nonlocal is_complete
            if not is_complete:
                is_complete = True
                await operations.complete_audit(
                    self._services, operator, audit_id, str(status), fields[operations.AUDIT_DETAIL]
                )

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                await complete(message["status"])
            await send(message)

        try:
            await app(scope, receive, send_completed)
        except Exception as error:
            await complete(failure_of(error).details.status)
            raise

    async def _limit(self, operator: Operator) -> None:
        seconds = await self._services.throttle.hit(
            f"admin:{operator.name}", limit=ACTS_MAX, window_seconds=_WINDOW_SECONDS
        )
        if seconds:
            operations.refuse_audit(operator, "", "too_many_acts")
            raise TooManyActs(
                f"You have done {ACTS_MAX} things within a minute.",
                fix=f"Go on in {seconds} s.",
                extra={"retryAfterSeconds": seconds},
            )


def _action(scope: Any) -> str:  # noqa: ANN401 -- as above
    return f"{scope['method']} {scope.get('path_template') or scope['path']}"


def _token(header: str | None) -> str:
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
