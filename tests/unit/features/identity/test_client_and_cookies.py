"""Where a request comes from, and what its browser keeps."""

from __future__ import annotations

import pytest

from pfh.features.identity.client import Client, client_of
from pfh.features.identity.cookies import read_cookie, removed_cookies


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "testclient"),
        (None, None),
    ],
)
def test_network_is_what_one_caller_owns(address: str | None, network: str | None) -> None:
    assert Client(address=address, user_agent="", correlation_id="").network == network


def test_client_of_a_request_is_short_and_printable() -> None:
    agent = b"Fox\x00\x1b[31m" + b"x" * 1000 + "é".encode()
    scope = {"client": ("203.0.113.7", 1), "headers": [(b"user-agent", agent)]}
    client = client_of(scope, "c")
    assert client.address == "203.0.113.7"
    assert client.shown_user_agent == "Fox[31m" + "x" * 293
    assert client_of({"client": None, "headers": []}, "c").shown_address == "unknown"


@pytest.mark.parametrize(
    ("header", "secure", "value"),
    [
        ("pfh_refresh=a; theme=dark", False, "a"),
        ("theme=dark;pfh_refresh=a=b", False, "a=b"),
        ("__Host-pfh_refresh=a", True, "a"),
        ("pfh_refresh=planted", True, None),
        ("__Host-pfh_refresh=a", False, None),
        ("xpfh_refresh=a; pfh_refresh=", False, None),
        (None, False, None),
    ],
)
def test_cookie_is_read_by_its_exact_name(
    header: str | None, secure: bool, value: str | None
) -> None:
    assert read_cookie(header, "pfh_refresh", secure=secure) == value


def test_removed_cookies_have_the_names_that_were_set() -> None:
    assert [cookie.header() for cookie in removed_cookies(secure=True)] == [
        "__Host-pfh_access=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure",
        "__Host-pfh_refresh=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure",
    ]
