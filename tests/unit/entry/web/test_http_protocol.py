"""A connection is not held open by a request that never comes, and answers keep their order."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import pytest
import uvicorn
from uvicorn.server import ServerState

from pfh.entry.web import http_protocol
from pfh.entry.web.http_protocol import HEAD_BYTES_MAX, BoundedHttp
from tests.waiting import PATIENCE_SECONDS

LATE_SECONDS = 0.2
AS_WE_SERVE: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off"}
REQUEST = b"GET / HTTP/1.1\r\nhost: hub\r\n\r\n"
LATE_REQUEST = REQUEST.replace(b"/", b"/late", 1)
TOO_LARGE = REQUEST[:-2] + b"x-large: " + b"x" * HEAD_BYTES_MAX + b"\r\n\r\n"
Wire: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def hello(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI's own
    """Take the body and say hello; at `/late` only after the time of a head is over."""
    while (await receive())["more_body"]:
        pass
    if scope["path"] == "/late":
        await asyncio.sleep(3 * LATE_SECONDS)
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
async def wire(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wire]:
    """Return a connection to a server that waits a fifth of a second for a head."""
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS_MAX", LATE_SECONDS)
    config = uvicorn.Config(hello, **AS_WE_SERVE, timeout_keep_alive=600)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: BoundedHttp(config, state, {}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    yield reader, writer
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)


def assert_too_slow(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n"), answer
    problem = json.loads(body)
    assert (problem["code"], problem["status"]) == ("head_too_slow", 408)
    assert problem["fix"]


@pytest.mark.parametrize("part", [b"G", b"GET / HTT", REQUEST[:-2], REQUEST[:-4] + b"\r\nx-slow: "])
async def test_answers_408_when_a_head_does_not_end(wire: Wire, part: bytes) -> None:
    reader, writer = wire
    writer.write(part)
    assert_too_slow(await rest_of(reader))


async def test_hangs_up_without_a_word_when_nothing_was_said(wire: Wire) -> None:
    assert await rest_of(wire[0]) == b""


async def test_keeps_a_connection_whose_heads_come_whole(wire: Wire) -> None:
    reader, writer = wire
    for _ in range(2):
        writer.write(REQUEST)
        answer = await asyncio.wait_for(reader.readuntil(b"hello"), PATIENCE_SECONDS)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        await asyncio.sleep(2 * LATE_SECONDS)
    writer.write(REQUEST[:9])
    assert_too_slow(await rest_of(reader))


async def test_answers_in_order_what_was_sent_ahead(wire: Wire) -> None:
    reader, writer = wire
    last = REQUEST[:-2] + b"connection: close\r\n\r\n"
    writer.write(LATE_REQUEST + REQUEST.replace(b"GET", b"HEAD") + last)
    head, close = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n", b"connection: close\r\n"
    wanted = head + b"\r\nhello" + head + b"\r\n" + head + close + b"\r\nhello"
    assert without_names(await rest_of(reader)) == wanted


@pytest.mark.parametrize("ahead", [b"GET / HTT", TOO_LARGE], ids=["too slow", "too large"])
async def test_refusal_of_what_was_sent_ahead_is_no_answer_to_what_was_before(
    wire: Wire, ahead: bytes
) -> None:
    reader, writer = wire
    writer.write(LATE_REQUEST + ahead)
    answer = without_names(await rest_of(reader))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer
    assert answer.endswith(b"\r\n\r\nhello"), "and nothing after it"


@pytest.fixture
async def fed() -> AsyncIterator[tuple[BoundedHttp, asyncio.StreamReader]]:
    """Return a server's end of a connection, to be given pieces, and what the client reads."""
    ours, theirs = socket.socketpair()
    config = uvicorn.Config(hello, **AS_WE_SERVE)
    config.load()
    protocol = BoundedHttp(config, ServerState(), {})
    await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, ours)
    reader, writer = await asyncio.open_connection(sock=theirs)
    yield protocol, reader
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "pieces",
    [
        [TOO_LARGE],
        [REQUEST[:-2] + b"x-large: ", b"x" * HEAD_BYTES_MAX, b"x"],
        [REQUEST[:9], REQUEST[9:-2], b"x-large: ", *[b"x" * 1024] * 64],
    ],
    ids=["at once", "in pieces", "in small pieces"],
)
async def test_refuses_a_head_that_is_too_large(
    fed: tuple[BoundedHttp, asyncio.StreamReader], pieces: list[bytes]
) -> None:
    protocol, reader = fed
    for piece in pieces:
        protocol.data_received(piece)
    assert (await rest_of(reader)).startswith(b"HTTP/1.1 431 ")


async def test_body_that_comes_with_the_end_of_its_head_is_no_part_of_the_next(
    fed: tuple[BoundedHttp, asyncio.StreamReader],
) -> None:
    protocol, reader = fed
    body = bytes(HEAD_BYTES_MAX)
    head = b"POST / HTTP/1.1\r\nhost: hub\r\ncontent-length: %d\r\n\r\n" % len(body)
    for piece in (head[:20], head[20:] + body + REQUEST[:9], REQUEST[9:]):
        protocol.data_received(piece)
    for _ in range(2):
        answer = await asyncio.wait_for(reader.readuntil(b"hello"), PATIENCE_SECONDS)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer


def without_names(answer: bytes) -> bytes:
    """Leave out what the server says of itself and of the time."""
    return re.sub(rb"(date|server): [^\r]*\r\n", b"", answer)
