"""An answer has the bytes that the server's own cycle sends, in one message where it can."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from pfh.entry.web import http_answer
from pfh.entry.web.edge import Edge
from pfh.entry.web.http_answer import Answer, never_changes

CSP = (b"content-security-policy", b"default-src 'self'")
NAMES = st.sampled_from(
    [b"x-correlation-id", b"etag", b"set-cookie", b"Location", b"connection", b"content-length"]
)
HEADERS = st.lists(
    st.sampled_from([CSP, (b"content-length", b"5"), (b"transfer-encoding", b"chunked")])
    | st.tuples(NAMES, st.sampled_from([b"", b"5", b"close", b"a\xe9", b"\t"])),
    max_size=5,
)


class Transport:
    """A connection to the client; `sent` has each message."""

    def __init__(self) -> None:
        """Begin open."""
        self.sent: list[bytes] = []
        self.is_cut = False

    def write(self, data: bytes) -> None:
        """Send."""
        self.sent.append(bytes(data))

    def close(self) -> None:
        """Hang up."""
        self.is_cut = True

    def is_closing(self) -> bool:
        """Tell whether it was hung up."""
        return self.is_cut


def begun(kind: type[RequestResponseCycle], method: str = "GET", **changes: Any) -> Any:  # noqa: ANN401 -- arguments
    arguments: dict[str, Any] = {
        "scope": {"type": "http", "method": method, "path": "/", "headers": []},
        "transport": Transport(),
        "flow": SimpleNamespace(write_paused=False),
        "logger": logging.getLogger(__name__),
        "access_logger": logging.getLogger(__name__),
        "access_log": False,
        "default_headers": [(b"date", b"now")],
        "message_event": asyncio.Event(),
        "expect_100_continue": False,
        "keep_alive": True,
        "on_response": lambda: None,
    }
    return kind(**arguments | changes)


def sent(cycle: Any, status: int, headers: list[tuple[bytes, bytes]], *bodies: bytes) -> Any:  # noqa: ANN401 -- either cycle
    """Return what a cycle sends, whether it hangs up, and how it fails, if it does."""

    async def send() -> None:
        await cycle.send({"type": "http.response.start", "status": status, "headers": headers})
        for place, body in enumerate(bodies):
            more = place + 1 < len(bodies)
            await cycle.send({"type": "http.response.body", "body": body, "more_body": more})

    try:
        asyncio.run(send())
    except (RuntimeError, ValueError) as error:
        return type(error), str(error)
    return b"".join(cycle.transport.sent), cycle.transport.is_cut


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_answer, "_LINES", {})
    never_changes([CSP])


@given(
    st.sampled_from(["GET", "HEAD", "POST"]),
    st.sampled_from([200, 204, 304, 404, 500]),
    HEADERS,
    st.lists(st.sampled_from([b"", b"he", b"llo", b"hello"]), min_size=1, max_size=3),
    st.booleans(),
)
def test_sends_what_the_server_itself_would(
    method: str, status: int, headers: list[Any], bodies: list[bytes], keep_alive: bool
) -> None:
    ours, theirs = (
        sent(begun(kind, method, keep_alive=keep_alive), status, list(headers), *bodies)
        for kind in (Answer, RequestResponseCycle)
    )
    assert ours == theirs


def test_head_and_body_are_one_message() -> None:
    cycle = begun(Answer)
    sent(cycle, 200, [CSP, (b"content-length", b"5")], b"he", b"llo")
    head, second = cycle.transport.sent
    assert head.endswith(b"\r\n\r\nhe")
    assert b"content-security-policy: default-src 'self'\r\n" in head
    assert second == b"llo"


@pytest.mark.parametrize("bodies", [[b"hello"], [b""], [b"he", b"llo"]])
def test_head_goes_alone_when_only_that_is_asked_for(bodies: list[bytes]) -> None:
    headers = [CSP, (b"content-length", b"5")]
    cycle = begun(Answer, "HEAD")
    assert sent(cycle, 200, headers, *bodies) == sent(
        begun(RequestResponseCycle, "HEAD"), 200, headers, *bodies
    )
    assert cycle.transport.sent[0].endswith(b"\r\n\r\n")


def test_large_body_is_not_copied() -> None:
    cycle = begun(Answer)
    body = bytes(http_answer._BODY_BYTES_MAX + 1)
    sent(cycle, 200, [(b"content-length", str(len(body)).encode())], body)
    assert [len(one) for one in cycle.transport.sent][1:] == [len(body)]


@pytest.mark.parametrize("size", [5, http_answer._BODY_BYTES_MAX + 1])
async def test_sends_nothing_to_a_client_who_left(size: int) -> None:
    cycle = begun(Answer)
    headers = [(b"content-length", b"%d" % size)]
    await cycle.send({"type": "http.response.start", "status": 200, "headers": headers})
    cycle.disconnected = True
    await cycle.send({"type": "http.response.body", "body": bytes(size)})
    assert cycle.transport.sent == []


async def test_asks_for_no_body_once_it_has_answered() -> None:
    cycle = begun(Answer, expect_100_continue=True)
    headers = [(b"content-length", b"5")]
    await cycle.send({"type": "http.response.start", "status": 413, "headers": headers})
    await cycle.send({"type": "http.response.body", "body": b"large"})
    assert await cycle.receive() == {"type": "http.disconnect"}
    (answer,) = cycle.transport.sent
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "header",
    [
        (b"connection", b"close"),
        (b"transfer-encoding", b"chunked"),
        (b"content-length", b"5"),
        (b"X-Name", b"v"),
        (b"bad name", b"v"),
        (b"name", b"a\r\nb: c"),
    ],
)
def test_what_frames_or_is_no_header_is_not_remembered(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="cannot be remembered"):
        never_changes([header])


async def test_headers_of_every_answer_are_remembered() -> None:
    known: dict[Any, bytes] = http_answer._LINES
    got: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI's own
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:  # noqa: ANN401 -- ASGI's own
        got.extend(message["headers"])

    async def receive() -> Any:  # noqa: ANN401 -- ASGI's own
        return {"type": "http.disconnect"}

    scope: Any = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": "/",
        "headers": [(b"host", b"hub")],
    }
    await Edge(app, secure=True)(scope, receive, send)
    assert [name for name, value in got if (name, value) not in known] == [b"x-correlation-id"]
