"""Refusing requests that another site makes a browser send with our cookies.

It exists instead of form tokens: every browser of the last years says where a request comes from,
so nothing need be stored, rendered or compared (the rule of Go's `http.CrossOriginProtection`).
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from pfh.features.identity.errors import CrossSiteRequest


def refuse_cross_site(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raise `CrossSiteRequest` unless the request comes from our own pages or from no page.

    `Sec-Fetch-Site` decides where it is sent; else `Origin` must name the host that is asked;
    with neither, no browser asks, and what is not a browser cannot be tricked.
    """
    site = origin = host = None
    for name, value in headers:
        if name == b"sec-fetch-site":
            site = value
        elif name == b"origin":
            origin = value.decode("latin-1")
        elif name == b"host":
            host = value.decode("latin-1")
    if site is not None:
        allowed = site in {b"same-origin", b"none"}
    else:
        allowed = origin is None or urlsplit(origin).netloc.lower() == (host or "").lower()
    if not allowed:
        raise CrossSiteRequest(
            "Another site sent this request in your name.",
            fix="Open the hub itself and try again there.",
        )
