"""How long a write takes to be seen on the dashboard, at a steady rate of writes.

It exists to measure what a person waits for on the cluster: from sending a transaction, through the
outbox, Kafka and MongoDB, to the first dashboard that holds it. Plain sockets, for a client library
took half a core of the two that all servers share.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from bench.household import SEED

WRITES_A_SECOND: Final = 200
SECONDS: Final = 20
# Processes that have just started load code and plans with the first writes, and Java compiles.
WARM_SECONDS: Final = 10
MONTH: Final = "2025-12"
# One write of so many is looked for on the dashboard. A hundred looks tell the percentiles; more
# would measure readers, for each look makes a dashboard that nobody has seen yet.
_LOOKED_FOR: Final = 40
_AGAIN_SECONDS: Final = 0.05
_CONNECTIONS_MAX: Final = 64
# From the first write to the last look; a machine that cannot keep up is told, not waited for.
_PATIENCE_SECONDS: Final = 55.0
_CREATED: Final = 201
_OK: Final = 200
_UNAVAILABLE: Final = 503


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a household of their own: their token and an account of theirs."""

    email: str
    token: str
    account: str


@dataclass(slots=True)
class Seen:
    """What writers saw: ms from sending to being shown, and what became of their requests.

    `refused` are answers of 503; `unfinished` are writes that were not shown in time.
    """

    delays: list[float] = field(default_factory=list)
    written: int = 0
    refused: int = 0
    unfinished: int = 0
    seconds: float = 0.0


class UnexpectedAnswer(Exception):
    """The hub answered what no write or dashboard should; the message has it."""


class _Client:
    """Requests on kept connections; whoever finds none free waits."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._slots = asyncio.Semaphore(_CONNECTIONS_MAX)

    async def request(self, method: str, path: str, token: str, body: bytes) -> tuple[int, Any]:
        """Return status and JSON of an answer."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        async with self._connection() as (reader, writer):
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            lines = answer.lower().split(b"\r\n")
            length = next(line for line in lines if line.startswith(b"content-length:"))
            content = await reader.readexactly(int(length.partition(b":")[2]))
        return int(lines[0].split()[1]), json.loads(content)

    async def close(self) -> None:
        """Close the connections."""
        for _, writer in self._free:
            writer.close()
            await writer.wait_closed()

    @asynccontextmanager
    async def _connection(
        self,
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        async with self._slots:
            if self._free:
                reader, writer = self._free.pop()
            else:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            try:
                yield reader, writer
            except BaseException:
                writer.close()
                raise
            self._free.append((reader, writer))


async def write_and_look(
    port: int,
    people: Sequence[Person],
    *,
    writes: int = WRITES_A_SECOND * SECONDS,
    warm: int = WRITES_A_SECOND * WARM_SECONDS,
) -> Seen:
    """Write at a steady rate, and look for some of the writes on the dashboard.

    Args:
        port: of the hub on 127.0.0.1.
        people: who write in turn.
        writes: how many, WRITES_A_SECOND.
        warm: how many before them, at the same rate; what became of these is not told.

    Raises:
        UnexpectedAnswer: a write was neither taken nor refused as too much, or a look failed.
    """
    seen, client = Seen(), _Client(port)
    before = Seen()
    chance = random.Random(SEED)
    begun = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for number in range(-warm, writes):
        due = (number + warm) / WRITES_A_SECOND
        await asyncio.sleep(begun + due - time.perf_counter())
        person, look = people[number % len(people)], chance.randrange(_LOOKED_FOR) == 0
        told = seen if number >= 0 else before
        tasks.append(asyncio.create_task(_write(client, told, person, number, look=look)))
    left = begun + _PATIENCE_SECONDS - time.perf_counter()
    _, unfinished = await asyncio.wait(tasks, timeout=max(0.0, left))
    # The last write may have been answered long after it was due.
    seen.seconds = time.perf_counter() - begun - warm / WRITES_A_SECOND
    for task in unfinished:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await client.close()
    seen.unfinished = len(unfinished)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    return seen


async def _write(client: _Client, seen: Seen, person: Person, number: int, *, look: bool) -> None:
    body = {
        "description": f"Visible {number}", "amount": "1.00", "transactionType": "expense",
        "transactionDate": f"{MONTH}-20", "accountId": person.account,
    }  # fmt: skip
    sent = time.perf_counter()
    encoded = json.dumps(body).encode()
    status, made = await client.request("POST", "/api/transactions", person.token, encoded)
    if status == _UNAVAILABLE:
        seen.refused += 1
        return
    if status != _CREATED:
        raise UnexpectedAnswer(f"a write: {status} {made}")
    seen.written += 1
    # As pages do: the hub waits 250 ms for the read model and then adds up the journal, so a look
    # within the target was answered by way of Kafka and MongoDB.
    path = f"/api/dashboard/summary?period={MONTH}&householdSeq={made['householdSeq']}"
    while look:
        status, shown = await client.request("GET", path, person.token, b"")
        if status == _UNAVAILABLE:
            seen.refused += 1
        elif status != _OK:
            raise UnexpectedAnswer(f"a dashboard: {status} {shown}")
        elif shown["householdSeq"] >= made["householdSeq"]:
            seen.delays.append((time.perf_counter() - sent) * 1000)
            return
        await asyncio.sleep(_AGAIN_SECONDS)
