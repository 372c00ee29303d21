"""Where a request comes from, as far as sessions, throttles and the log must know."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pfh.features.mail.api import DEFAULT_LANGUAGE, language_of

_USER_AGENT_LENGTH_MAX = 300
_IPV6_HOME_PREFIX = 64
NOWHERE = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One caller.

    `address` is the network address that the server trusts (after a known proxy), or None for the
    command line, which is not throttled; `user_agent` is what the browser says of itself;
    `language` is the first that it asks for and that letters exist in.
    """

    address: str | None
    user_agent: str
    correlation_id: str
    language: str = DEFAULT_LANGUAGE

    @property
    def shown_address(self) -> str:
        """The address for a list of sessions and for the log."""
        return self.address or NOWHERE

    @property
    def shown_user_agent(self) -> str:
        """The first 300 printable characters of what the browser says of itself."""
        printable = (character for character in self.user_agent if character.isprintable())
        return "".join(printable)[:_USER_AGENT_LENGTH_MAX]

    @property
    def network(self) -> str | None:
        """What is throttled as one caller: an IPv4 address, or the /64 that a home has in IPv6."""
        if self.address is None:
            return None
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address
        if isinstance(address, ipaddress.IPv4Address):
            return str(address)
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_HOME_PREFIX), strict=False))


def client_of(scope: Mapping[str, Any], correlation_id: str) -> Client:
    """Return the caller of an ASGI request; the server has looked behind trusted proxies."""
    headers = dict(reversed(scope["headers"]))
    peer = scope.get("client")
    return Client(
        address=str(peer[0]) if peer else None,
        user_agent=headers.get(b"user-agent", b"").decode("latin-1"),
        correlation_id=correlation_id,
        language=language_of(headers.get(b"accept-language", b"").decode("latin-1")),
    )
