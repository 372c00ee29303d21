"""The signal port between processes, by publishing in Redis.

It exists so that work begun in one process wakes the others at once. Within the process a signal
never waits for Redis; when that is down, the others find their work by looking, as the port says.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from pfh.adapters.redis.link import RedisLink, RedisUnavailable
from pfh.adapters.signals.memory import MemorySignals

if TYPE_CHECKING:
    from pfh.ports.signals import Signals

CHANNEL: Final = "pfh:signals"
_PAUSE_SECONDS: Final = 1.0
_LISTEN_SECONDS: Final = 5.0
_CANCEL_SECONDS: Final = 0.1


class RedisSignals:
    """Signals of this process, and those that others publish.

    Args:
        link: the server.
    """

    def __init__(self, link: RedisLink) -> None:
        """Keep the link; `open_signals` starts listening."""
        self._link = link
        self._own = MemorySignals()
        self._names: set[str] = set()
        self._to_publish: set[str] = set()
        self._has_work = asyncio.Event()
        self._sender = secrets.token_hex(8)
        self.listening = asyncio.Event()

    def give(self, name: str) -> None:
        """Wake the waiters of this process now and those of the others soon; see the port."""
        self._own.give(name)
        self._to_publish.add(name)
        self._has_work.set()

    async def wait(self, name: str, *, seconds: float) -> bool:
        """Wait for a signal from anywhere; see the port."""
        self._names.add(name)
        return await self._own.wait(name, seconds=seconds)

    async def publish_forever(self) -> None:
        """Publish what was given; a name given several times meanwhile is published once."""
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            names, self._to_publish = self._to_publish, set()

            async def publish(client: Redis, names: frozenset[str] = frozenset(names)) -> None:
                async with client.pipeline(transaction=False) as pipeline:
                    for name in names:
                        pipeline.publish(CHANNEL, f"{self._sender} {name}")
                    await pipeline.execute()

            # The truth is in the database, where the others look every few seconds.
            with contextlib.suppress(RedisUnavailable):
                await self._link.run("signal", publish)

    async def listen_forever(self) -> None:
        """Wake the waiters of this process for what others publish, connecting again for ever."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError):
                self.listening.clear()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _listen(self) -> None:
        async with self._link.client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(CHANNEL)
            self.listening.set()
            for name in self._names:
                # It may have been said while nobody listened.
                self._own.give(name)
            while True:
                message = await subscription.get_message(timeout=_LISTEN_SECONDS)
                if message is None:
                    await subscription.ping()
                    continue
                sender, _, name = bytes(message["data"]).decode().partition(" ")
                if sender != self._sender and name:
                    self._own.give(name)


@asynccontextmanager
async def open_signals(link: RedisLink) -> AsyncIterator[RedisSignals]:
    """Publish and listen beside the block."""
    signals = RedisSignals(link)
    tasks = [
        asyncio.create_task(signals.publish_forever(), name="signals-publish"),
        asyncio.create_task(signals.listen_forever(), name="signals-listen"),
    ]
    try:
        yield signals
    finally:
        await _end(tasks)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel until it is heard: the client can take a cancellation for one of its own timeouts."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_CANCEL_SECONDS)


if TYPE_CHECKING:

    def _keeps_the_contract(signals: RedisSignals) -> Signals:
        return signals
