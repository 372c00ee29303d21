"""The benchmark's writer and onlooker of the cluster."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bench.cluster_visible import Person, UnexpectedAnswer, write_and_look

PEOPLE = [Person("a@example.org", "token-a", "1"), Person("b@example.org", "token-b", "2")]
Answer = Callable[[str, str], tuple[int, dict[str, Any]]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[int]:
    """Answer requests by their method and token; yields the port."""
    talks: set[asyncio.Task[None] | None] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        while not reader.at_eof():
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
            await reader.readexactly(int(fields["Content-Length"]))
            status, shown = answer(head.split(" ", 1)[0], fields["Authorization"].split()[1])
            body = json.dumps(shown).encode()
            writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (status, len(body)))
            writer.write(body)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield int(server.sockets[0].getsockname()[1])
        await asyncio.gather(*(one for one in talks if one is not None))


async def test_looks_until_the_write_is_shown() -> None:
    written = dict.fromkeys(("token-a", "token-b"), 0)
    shown = dict.fromkeys(written, 0)
    looks = 0

    def answer(method: str, token: str) -> tuple[int, dict[str, Any]]:
        nonlocal looks
        if method == "POST":
            written[token] += 1
            return 201, {"householdSeq": written[token]}
        looks += 1
        before = shown[token]
        # Each look brings the read model forward, so the first one is too early.
        shown[token] = written[token]
        return 200, {"householdSeq": before}

    async with serving(answer) as port:
        seen = await write_and_look(port, PEOPLE, writes=60, warm=0)
    assert written == {"token-a": 30, "token-b": 30}
    assert (seen.written, seen.refused, seen.unfinished) == (60, 0, 0)
    assert 0 < len(seen.delays) < 60
    assert looks > len(seen.delays)


async def test_warming_up_is_not_told() -> None:
    written = 0

    def answer(method: str, token: str) -> tuple[int, dict[str, Any]]:
        nonlocal written
        del token
        written += method == "POST"
        return (201, {"householdSeq": 1}) if method == "POST" else (200, {"householdSeq": 1})

    async with serving(answer) as port:
        seen = await write_and_look(port, PEOPLE, writes=5, warm=20)
    assert (written, seen.written) == (25, 5)
    assert len(seen.delays) <= 5


async def test_counts_what_is_refused_when_the_hub_has_too_much_to_do() -> None:
    async with serving(lambda *_: (503, {})) as port:
        seen = await write_and_look(port, PEOPLE, writes=20, warm=0)
    assert (seen.written, seen.refused, seen.delays) == (0, 20, [])


async def test_fails_when_a_write_is_wrong() -> None:
    async with serving(lambda *_: (400, {"code": "amount_invalid"})) as port:
        with pytest.raises(UnexpectedAnswer, match="amount_invalid"):
            await write_and_look(port, PEOPLE, writes=20, warm=0)
