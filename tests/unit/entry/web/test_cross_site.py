"""No other site's page can act in a person's name."""

from __future__ import annotations

import pytest

from pfh.entry.web.cross_site import refuse_cross_site
from pfh.features.identity.errors import CrossSiteRequest

HOST = (b"host", b"money.example.org")


@pytest.mark.parametrize(
    "headers",
    [
        [HOST],
        [HOST, (b"sec-fetch-site", b"same-origin")],
        [HOST, (b"sec-fetch-site", b"none")],
        [HOST, (b"origin", b"https://money.example.org")],
        [HOST, (b"origin", b"https://MONEY.example.org")],
        # The browser knows best: a proxy may have changed the host.
        [HOST, (b"sec-fetch-site", b"same-origin"), (b"origin", b"https://outside.example")],
    ],
)
def test_lets_requests_of_our_own_pages_and_of_programs_pass(
    headers: list[tuple[bytes, bytes]],
) -> None:
    refuse_cross_site(headers)


@pytest.mark.parametrize(
    "headers",
    [
        [HOST, (b"sec-fetch-site", b"cross-site")],
        [HOST, (b"sec-fetch-site", b"same-site")],
        [HOST, (b"sec-fetch-site", b"something new")],
        [HOST, (b"origin", b"https://evil.example")],
        [HOST, (b"origin", b"https://money.example.org.evil.example")],
        [HOST, (b"origin", b"null")],
        [(b"origin", b"https://evil.example")],
    ],
)
def test_refuses_requests_of_other_pages(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(CrossSiteRequest):
        refuse_cross_site(headers)
