"""The outermost layer of the server: correlation, security headers, metrics, one log line.

It exists as one plain ASGI layer because every request pays for it (7 µs), and because it sees what
no route sees: wrong hosts, 404s and what the layers inside refuse.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from pfh.entry.web.http_answer import never_changes
from pfh.entry.web.problem_details import failure, refuse_early
from pfh.observability.correlation import (
    accepted_correlation_id,
    correlation_id,
    new_correlation_id,
)
from pfh.observability.logging import get_logger
from pfh.observability.metrics import HTTP_METRICS
from pfh.observability.spans import TRACING, Span, start_span
from pfh.observability.tracing import parse_traceparent, traceparent

SLOW_SECONDS: Final = 2.0
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
_ALWAYS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
_NO_STORE: Final = (b"cache-control", b"no-store")
_JSON: Final = (b"content-type", b"application/json")
_PROBES: Final = frozenset({"/livez", "/readyz", "/api/health", "/api/metrics"})
_SERVER_ERROR: Final = 500
_LOGGER: Final = get_logger(__name__)


class Edge:
    """Wraps the application; `allowed_hosts` are lower-case names without a port, empty for any."""

    def __init__(self, app: ASGIApp, *, secure: bool, allowed_hosts: tuple[str, ...] = ()) -> None:
        """Prepare the headers that every answer gets."""
        self._app = app
        self._headers = (*_ALWAYS, _STRICT_TRANSPORT) if secure else _ALWAYS
        never_changes((*self._headers, _NO_STORE, _JSON))
        self._hosts = frozenset(name.encode() for name in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        if scope["method"] == "HEAD":
            # Every GET answers HEAD as well; the server itself leaves the body out.
            scope = {**scope, "method": "GET"}
        host, correlation = _read_headers(scope)
        span = _begin_span(scope, correlation)
        status = 500
        correlation_header = (b"x-correlation-id", correlation.encode())

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message["headers"]
                headers = [*given, *self._headers, correlation_header]
                for name, _ in given:
                    if name == b"cache-control":
                        break
                else:
                    headers.append(_NO_STORE)
                message["headers"] = headers
            await send(message)

        try:
            if self._hosts and _host_name(host) not in self._hosts:
                await _refuse_host(scope, send_with_headers)
            else:
                await self._app(scope, receive, send_with_headers)
        finally:
            _account(scope, status, perf_counter() - started)
            if span is not None:
                _end_span(span, scope, status)


def _read_headers(scope: Any) -> tuple[bytes, str]:  # noqa: ANN401 -- one of the framework's scopes
    """Return the host and the correlation, and set the context of the request."""
    host, offered = b"", b""
    for name, value in scope["headers"]:
        if name == b"host":
            host = value
        elif name == b"x-correlation-id":
            offered = value
        elif name == b"traceparent":
            context = parse_traceparent(value.decode("latin-1"))
            if context is not None:
                # With a tracer the span is the child.
                below = context.child() if TRACING.tracer is None else context
                traceparent.set(below.header)
    chosen = accepted_correlation_id(offered.decode("latin-1")) if offered else new_correlation_id()
    correlation_id.set(chosen)
    return host, chosen


def _begin_span(scope: Any, correlation: str) -> Span | None:  # noqa: ANN401 -- as above
    """Begin the span of a request, if somebody traces; probes are asked too often for that."""
    if TRACING.tracer is None or scope["path"] in _PROBES:
        return None
    attributes = {
        "http.request.method": scope["method"],
        "url.scheme": scope["scheme"],
        "network.protocol.version": scope["http_version"],
        "pfh.correlation_id": correlation,
    }
    span = start_span(scope["method"], "server", attributes, parent=traceparent.get())
    if span is not None:
        traceparent.set(span.traceparent)
    return span


def _end_span(span: Span, scope: Any, status: int) -> None:  # noqa: ANN401 -- as above
    route = scope.get("path_template")
    attributes: dict[str, str | int] = {"http.response.status_code": status}
    if route:
        # The path itself holds identifiers, and codes of letters.
        span.rename(f"{scope['method']} {route}")
        attributes["http.route"] = route
    span.describe(attributes)
    span.end(str(status) if status >= _SERVER_ERROR else None)


def _host_name(host: bytes) -> bytes:
    """Return the name of a Host header without its port: `[::1]:80` → `[::1]`."""
    name, _, port = host.lower().rpartition(b":")
    return name if name and port.isdigit() else host.lower()


async def _refuse_host(scope: Any, send: Send) -> None:  # noqa: ANN401 -- as above
    made = failure(
        400,
        "host_unknown",
        "This hub does not go by that host name.",
        field="Host",
        fix="Use the hub's own address; the operator names it in PFH_ALLOWED_HOSTS.",
    )
    await refuse_early(scope, send, made)


def _account(scope: Any, status: int, seconds: float) -> None:  # noqa: ANN401 -- as above
    route = scope.get("path_template") or "unmatched"
    HTTP_METRICS.observe(scope["method"], route, status, seconds)
    if seconds >= SLOW_SECONDS:
        _LOGGER.warning(
            "request_slow",
            method=scope["method"],
            route=route,
            status=status,
            duration_ms=round(seconds * 1000),
        )
    elif _LOGGER.is_on(10):
        _LOGGER.debug(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 3),
        )
