"""The layer that turns refused addresses away, before anything else is done for them."""

from __future__ import annotations

from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from pfh.entry.this_machine import is_from_this_machine
from pfh.entry.web.problem_details import failure_of, refuse_early
from pfh.features.operations.api import AddressBlocked, Switches
from pfh.observability.logging import get_logger

_LOGGER: Final = get_logger(__name__)


class Gate:
    """Wraps the application; the address is the one behind trusted proxies."""

    def __init__(self, app: ASGIApp, *, switches: Switches) -> None:
        """Keep both."""
        self._app = app
        self._switches = switches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        client = scope.get("client")
        if (
            client is not None
            and scope["type"] == ScopeType.HTTP
            and self._switches.is_blocked(client[0])
            and not is_from_this_machine(scope)
        ):
            await _refuse(scope, send)
            return
        await self._app(scope, receive, send)


async def _refuse(scope: Any, send: Send) -> None:  # noqa: ANN401 -- one of the framework's scopes
    _LOGGER.warning("address_blocked", peer=scope["client"][0], method=scope["method"])
    # It does not say why or until when: whom it is about would only go elsewhere sooner.
    refused = AddressBlocked(
        "This hub takes no requests from your address just now.",
        fix="Ask the hub's operator, with the correlation id.",
    )
    await refuse_early(scope, send, failure_of(refused))
