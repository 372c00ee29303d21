"""Which methods an address takes, asked of the router itself.

It exists because the framework keeps one route for each handler of an address, and would answer
OPTIONS with the methods of the first.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Litestar
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.types import Method, Send

_METHODS: Final[tuple[Method, ...]] = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(app: Litestar, path: str) -> str:
    """Return the value of an Allow header; `Edge` adds HEAD to every GET.

    Example: "GET, HEAD, PATCH, OPTIONS".
    """
    found: list[str] = []
    for method in _METHODS:
        try:
            app.asgi_router.handle_routing(path=path, method=method)
        except (MethodNotAllowedException, NotFoundException):
            continue
        found += ["GET", "HEAD"] if method == "GET" else [method]
    return ", ".join([*found, "OPTIONS"])


async def answer_options(scope: Any, send: Send) -> None:  # noqa: ANN401 -- one of the framework's scopes
    """Answer OPTIONS: 204 with the methods of the address; there is no sharing across origins."""
    allowed = allowed_methods(scope["litestar_app"], scope["path"])
    headers = [(b"allow", allowed.encode())]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
