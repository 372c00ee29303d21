"""A closed-loop HTTP load: N keep-alive connections, each sends when its answer has come.

It exists as a program of its own so that it runs in its own process on its own core: `python -m
bench.load` reads a plan (JSON) from its input and prints what it saw as JSON. Plain sockets under
asyncio, because a client library would measure itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, cast

import uvloop

from bench.figures import percentile

_STATUS = slice(9, 12)


@dataclass
class _Tally:
    """What all connections saw: milliseconds of every answer, and statuses."""

    requests: Iterator[bytes]
    deadline: float
    durations_ms: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    sample: str = ""
    open_connections: int = 0
    finished: asyncio.Event = field(default_factory=asyncio.Event)


class _Client(asyncio.Protocol):
    """One connection that sends the next request as soon as it has the answer."""

    def __init__(self, tally: _Tally) -> None:
        self.tally = tally
        self.buffer = b""
        self.sent_at = 0.0
        self.needed = 0
        self.waiting = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have its methods without being of its class.
        self.transport = cast("asyncio.Transport", transport)
        self.tally.open_connections += 1
        self._send()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.needed:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self.needed = end + 4 + _content_length(self.buffer[:end])
        if len(self.buffer) >= self.needed:
            self._record()

    def connection_lost(self, exc: Exception | None) -> None:
        # A server may close an idle connection, but not one that waits for an answer.
        if self.waiting or exc is not None:
            self.tally.statuses["lost"] += 1
        self.tally.open_connections -= 1
        if self.tally.open_connections == 0:
            self.tally.finished.set()

    def _record(self) -> None:
        now = time.perf_counter()
        status = self.buffer[_STATUS].decode("ascii", "replace")
        self.tally.durations_ms.append((now - self.sent_at) * 1000)
        self.tally.statuses[status] += 1
        if not status.startswith("2") and not self.tally.sample:
            self.tally.sample = self.buffer[:600].decode("utf-8", "replace")
        self.buffer, self.needed, self.waiting = b"", 0, False
        if now < self.tally.deadline:
            self._send()
        elif self.transport:
            self.transport.close()

    def _send(self) -> None:
        assert self.transport is not None
        request = next(self.tally.requests)
        self.waiting = True
        self.sent_at = time.perf_counter()
        self.transport.write(request)


def _content_length(head: bytes) -> int:
    """Return the length of the body; an answer without one has none (chunks are not supported)."""
    start = head.find(b"content-length:")
    if start < 0:
        start = head.lower().find(b"content-length:")
    if start < 0:
        return 0
    return int(head[start + 15 :].split(b"\r\n", 1)[0])


def build_requests(plan: dict[str, Any]) -> Iterator[bytes]:
    """Yield requests for ever: the plan's paths or bodies in turn, with a fresh key when it writes.

    A request may have headers of its own, as of one of many people. `%n` in a body or path becomes
    the number of the request, which makes every one different.
    """
    number = int(plan.get("first", 0))
    fixed = f"Host: {plan['host']}:{plan['port']}\r\nAccept: application/json\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in plan["headers"].items()
    )
    for request in cycle(plan["requests"]):
        number += 1
        path = request["path"].replace("%n", str(number))
        body = request.get("body", "").replace("%n", str(number)).encode()
        head = f"{request['method']} {path} HTTP/1.1\r\n{fixed}"
        head += "".join(
            f"{name}: {value}\r\n" for name, value in request.get("headers", {}).items()
        )
        if body:
            head += (
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                f"Idempotency-Key: {plan['run']}-{number}\r\n"
            )
        yield head.encode() + b"\r\n" + body


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Keep the load up for the plan's seconds and return counts, rate and percentiles in ms."""
    loop = asyncio.get_running_loop()
    started, used = time.perf_counter(), time.process_time()
    tally = _Tally(build_requests(plan), started + plan["seconds"])
    ports = [plan["port"], *plan.get("beside", [])]
    for number in range(plan["connections"]):
        port = ports[number % len(ports)]
        await loop.create_connection(lambda: _Client(tally), plan["host"], port)
    await tally.finished.wait()
    elapsed = time.perf_counter() - started
    durations = tally.durations_ms
    return {
        "count": len(durations),
        "seconds": elapsed,
        "rate": len(durations) / elapsed,
        "statuses": dict(tally.statuses),
        "sample": tally.sample,
        "p50": percentile(durations, 50),
        "p95": percentile(durations, 95),
        "p99": percentile(durations, 99),
        "worst": max(durations, default=0.0),
        "cpu_seconds": time.process_time() - used,
    }


def main() -> int:
    """Read a plan, pin this process to the plan's core, run and print."""
    plan = json.load(sys.stdin)
    if plan.get("core") is not None:
        os.sched_setaffinity(0, {plan["core"]})
    print(json.dumps(uvloop.run(run(plan))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
