"""What every answer has, whatever the route: headers, correlation, bounds, a problem."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import pytest
from litestar import Request, Response, get, patch, post
from litestar.params import FromPath

from pfh.entry.web.edge import CONTENT_SECURITY_POLICY
from pfh.features.web.api import parse_body
from pfh.observability.correlation import correlation_id
from pfh.observability.metrics import exposition
from pfh.observability.tracing import traceparent
from pfh.ports.database import DatabaseUnavailable
from tests.integration.web.conftest import OpenWeb

PUBLIC = {"public": True}
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Wish(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    memo_text: str


DECODER = msgspec.json.Decoder(Wish)


@get("/api/page/{size:int}", opt=PUBLIC)
async def page(size: FromPath[int]) -> Response[bytes]:
    return Response(b"x" * size, media_type="text/html")


@get("/kept", opt=PUBLIC)
async def kept() -> Response[bytes]:
    return Response(b"", headers={"cache-control": "public, max-age=60"})


@get("/api/context", opt=PUBLIC)
async def context() -> dict[str, str | None]:
    return {"correlation": correlation_id.get(), "traceparent": traceparent.get()}


@post("/api/wishes", opt=PUBLIC)
async def wish(request: Request[Any, Any, Any]) -> dict[str, int]:
    return {"length": len((await parse_body(request, DECODER)).memo_text)}


@patch("/api/wishes")
async def change() -> None:
    return None


@get("/broken", opt=PUBLIC)
async def broken() -> None:
    raise RuntimeError("a secret of the program")


@get("/api/unreachable", opt=PUBLIC)
async def unreachable() -> None:
    raise DatabaseUnavailable("10.0.0.7 refused")


@get("/api/closed")
async def closed() -> None:
    raise AssertionError("nobody gets here")


ROUTES = [page, kept, context, wish, change, broken, unreachable, closed]


async def test_every_answer_is_guarded_by_headers(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        for path in ("/api/page/5", "/nothing", "/api/closed", "/broken"):
            headers = (await client.get(path)).headers
            assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["cache-control"] == "no-store"
            assert "strict-transport-security" not in headers
            assert "server" not in headers


async def test_asks_browsers_to_stay_on_https_when_the_hub_is_there(open_web: OpenWeb) -> None:
    async with open_web(ROUTES, PFH_BASE_URL="https://money.example.org") as client:
        headers = (await client.get("/api/page/5")).headers
    assert headers["strict-transport-security"].startswith("max-age=63072000")


async def test_leaves_a_route_its_own_caching(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        assert (await client.get("/kept")).headers.get_list("cache-control") == [
            "public, max-age=60"
        ]


async def test_carries_the_correlation_in_and_out(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        answer = await client.get("/api/context", headers={"x-correlation-id": "job-1"})
        assert answer.headers["x-correlation-id"] == answer.json()["correlation"] == "job-1"
        answer = await client.get("/api/context", headers={"x-correlation-id": "bad one\t"})
        assert answer.headers["x-correlation-id"] == answer.json()["correlation"] != "bad one"


async def test_hands_the_trace_on(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        found = (await client.get("/api/context", headers={"traceparent": TRACE})).json()
    assert found["traceparent"].startswith(TRACE[:35])
    assert found["traceparent"] != TRACE


async def test_refuses_a_foreign_host_when_hosts_are_named(open_web: OpenWeb) -> None:
    async with open_web(ROUTES, PFH_ALLOWED_HOSTS="hub.test") as client:
        assert (await client.get("/api/page/5")).status_code == 200
        assert (await client.get("/kept", headers={"host": "HUB.test:3333"})).status_code == 200
        answer = await client.get("/api/page/5", headers={"host": "evil.example"})
        assert (answer.status_code, answer.json()["code"]) == (400, "host_unknown")
        # Its style sheet would be refused, too.
        headers = {"host": "evil.example", "accept": "text/html"}
        page = await client.get("/kept", headers=headers)
    assert (page.status_code, page.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert page.headers["x-correlation-id"] in page.text
    assert "<link" not in page.text


async def test_answers_head_without_a_body(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        answer = await client.head("/api/page/5")
    assert (answer.status_code, answer.headers["content-length"]) == (200, "5")


@pytest.mark.parametrize(("size", "encoding"), [(1023, None), (1024, "gzip")])
async def test_compresses_what_is_worth_it(
    open_web: OpenWeb, size: int, encoding: str | None
) -> None:
    async with open_web(ROUTES) as client:
        answer = await client.get(f"/api/page/{size}", headers={"accept-encoding": "gzip, br"})
        plain = await client.get(f"/api/page/{size}", headers={"accept-encoding": "gzip;q=0"})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.text == plain.text == "x" * size
    assert "content-encoding" not in plain.headers


async def test_closes_a_route_that_does_not_say_public(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        answer = await client.get("/api/closed")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_tells_nothing_and_logs_once_when_a_handler_breaks(
    open_web: OpenWeb, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_web(ROUTES) as client:
        answer = await client.get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    (record,) = [one for one in caplog.records if one.name.startswith("pfh.entry")]
    assert record.exc_info is not None


async def test_shows_people_a_page_when_a_handler_breaks(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        answer = await client.get("/broken", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-correlation-id"] in answer.text
    assert 'href="/broken">Try again</a>' in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_says_when_to_try_again_when_the_books_are_away(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        answer = await client.get("/api/unreachable")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "10.0.0.7" not in answer.text


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        (b'{"memoText":"x"}', "application/json", 201, None),
        (b'{"memoText":1}', "application/json", 422, "invalid_request"),
        (b'{"memoText":"x"', "application/json", 400, "malformed_json"),
        (b'{"memoText":"\xff"}', "application/json", 400, "malformed_json"),
        (b"memoText=x", "application/x-www-form-urlencoded", 415, "media_type_unsupported"),
        (b'{"memoText":"' + b"x" * (10 << 20) + b'"}', "application/json", 413, "body_too_large"),
    ],
)
async def test_reads_bodies_precisely(
    open_web: OpenWeb, body: bytes, media: str, status: int, code: str | None
) -> None:
    async with open_web(ROUTES) as client:
        answer = await client.post("/api/wishes", content=body, headers={"content-type": media})
    assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_logs_one_line_for_a_refusal_and_none_for_a_success(
    open_web: OpenWeb, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_web(ROUTES) as client:
        await client.get("/api/page/5")
        assert [one for one in caplog.records if one.name.startswith("pfh.entry")] == []
        await client.get("/nothing")
    (record,) = [one for one in caplog.records if one.name.startswith("pfh.entry")]
    assert record.getMessage() == "request_refused"


async def test_method_that_is_not_there_names_those_that_are(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        answer = await client.delete("/api/wishes")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers.get_list("allow") == ["POST, PATCH, OPTIONS"]
        answer = await client.options("/api/wishes")
        assert (answer.status_code, answer.headers["allow"]) == (204, "POST, PATCH, OPTIONS")
        assert (await client.options("/kept")).headers["allow"] == "GET, HEAD, OPTIONS"


async def test_counts_requests_by_route_and_not_by_path(open_web: OpenWeb) -> None:
    async with open_web(ROUTES) as client:
        for path in ("/api/page/7", "/api/page/8", "/secret-path"):
            await client.get(path)
    text = exposition().decode()
    assert 'route="/api/page/{size}",status_class="2xx"' in text
    assert 'route="unmatched",status_class="4xx"' in text
    assert "secret-path" not in text
