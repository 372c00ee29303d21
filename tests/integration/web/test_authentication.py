"""Who may come in: tokens for programs, cookies for pages, the operator's token for operators."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Request, get, post

from pfh.entry.web.routes import all_routes
from tests.integration.web.conftest import OpenWeb, sign_up

ADMIN = "an operator's token of the tests, long enough"


@get("/api/whoami")
async def whoami(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {"user": str(request.user.user_id), "role": request.user.role}


@get("/mine")
async def mine(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {"user": str(request.user.user_id)}


@get("/start", opt={"anyone": True})
async def start(request: Request[Any, Any, Any]) -> dict[str, bool]:
    return {"known": request.user is not None}


@post("/mine/change")
async def change(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {"user": str(request.user.user_id)}


@get("/api/operators", opt={"operator": "token"})
async def operators() -> dict[str, bool]:
    return {"in": True}


@get("/api/machine", opt={"operator": "loopback"})
async def machine() -> dict[str, bool]:
    return {"in": True}


def routes() -> list[Any]:
    return [*all_routes(), whoami, mine, start, change, operators, machine]


def as_cookie(headers: dict[str, str]) -> dict[str, str]:
    token = headers["authorization"].removeprefix("Bearer ")
    return {"cookie": f"pfh_access={token}"}


async def test_lets_a_program_in_with_its_token(open_web: OpenWeb) -> None:
    async with open_web(routes()) as client:
        answer = await client.get("/api/whoami", headers=await sign_up(client))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer x.y.z", "Basic YTpi", "Bearer a b"]
)
async def test_keeps_a_program_out_without_a_good_token(
    open_web: OpenWeb, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    async with open_web(routes()) as client:
        answer = await client.get("/api/whoami", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_api_takes_no_cookies_and_pages_take_no_tokens(open_web: OpenWeb) -> None:
    async with open_web(routes()) as client:
        headers = await sign_up(client)
        assert (await client.get("/api/whoami", headers=as_cookie(headers))).status_code == 401
        assert (await client.get("/mine", headers=headers)).status_code == 401


async def test_lets_a_browser_in_with_its_cookie(open_web: OpenWeb) -> None:
    async with open_web(routes()) as client:
        cookie = as_cookie(await sign_up(client))
        assert (await client.get("/mine", headers=cookie)).status_code == 200
        assert (await client.get("/start", headers=cookie)).json() == {"known": True}


async def test_page_for_anyone_is_shown_to_a_stranger(open_web: OpenWeb) -> None:
    async with open_web(routes()) as client:
        assert (await client.get("/start")).json() == {"known": False}
        forged = {"cookie": "pfh_access=a.b.c"}
        assert (await client.get("/start", headers=forged)).json() == {"known": False}


async def test_sends_a_stranger_to_sign_in_and_back(open_web: OpenWeb) -> None:
    async with open_web(routes()) as client:
        answer = await client.get("/mine?page=2&q=a b", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/signin?next=/mine%3Fpage%3D2%26q%3Da%2520b"


async def test_tells_a_script_of_the_page_to_sign_in(open_web: OpenWeb) -> None:
    async with open_web(routes()) as client:
        headers = {"accept": "text/html", "hx-request": "true"}
        answer = await client.get("/mine", headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/signin")


async def test_refuses_a_change_that_another_site_sends(open_web: OpenWeb) -> None:
    async with open_web(routes()) as client:
        cookie = as_cookie(await sign_up(client))
        for evil in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            answer = await client.post("/mine/change", headers={**cookie, **evil})
            assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
        good = await client.post(
            "/mine/change", headers={**cookie, "sec-fetch-site": "same-origin"}
        )
        assert good.status_code == 201


async def test_renews_the_cookies_of_a_browser_whose_access_ran_out(open_web: OpenWeb) -> None:
    async with open_web(routes()) as client:
        await sign_up(client)
        login = {"email": "ann@example.org", "password": "seven purple walruses"}
        await client.post("/api/auth/login", json=login)
        answer = await client.get("/mine")
        assert answer.status_code == 200
        assert {"pfh_access", "pfh_refresh"} <= set(answer.cookies)


async def test_lets_operators_in_by_token_or_role(open_web: OpenWeb) -> None:
    async with open_web(routes(), ADMIN_TOKEN=ADMIN) as client:
        first = await sign_up(client)
        second = await sign_up(client, email="ben@example.org")
        for headers, status in (
            ({"authorization": f"Bearer {ADMIN}"}, 200),
            ({"authorization": f"Bearer {ADMIN}x"}, 401),
            (first, 200),
            (second, 403),
            ({}, 401),
        ):
            answer = await client.get("/api/operators", headers=headers)
            assert answer.status_code == status, headers


async def test_admits_no_empty_token_when_none_is_set(open_web: OpenWeb) -> None:
    async with open_web(routes()) as client:
        for authorization in ("Bearer ", "Bearer None"):
            answer = await client.get("/api/operators", headers={"authorization": authorization})
            assert answer.status_code == 401


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.9", {}, 401),
        # A proxy on this machine speaks for somebody else.
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.9"}, 401),
        ("127.0.0.1", {"forwarded": "for=10.0.0.9"}, 401),
    ],
)
async def test_opens_the_metrics_to_this_machine_alone(
    open_web: OpenWeb, address: str, headers: dict[str, str], status: int
) -> None:
    async with open_web(routes(), client_address=address) as client:
        for path in ("/api/machine", "/api/metrics"):
            assert (await client.get(path, headers=headers)).status_code == status
