"""A connection is not held open by a request that never comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import pytest
import uvicorn
from uvicorn.server import ServerState

from pfh.entry.web import http_protocol
from pfh.entry.web.http_protocol import BoundedHttp
from tests.waiting import PATIENCE_SECONDS

LATE_SECONDS = 0.2
REQUEST = b"GET / HTTP/1.1\r\nhost: hub\r\n\r\n"
Wire: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def hello(_scope: Any, _receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI's own
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
async def wire(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wire]:
    """Return a connection to a server that waits a fifth of a second for a head."""
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS_MAX", LATE_SECONDS)
    config = uvicorn.Config(hello, log_config=None, lifespan="off", timeout_keep_alive=600)
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
