"""The cache port in the memory of one process, bounded, with single flight.

It exists for the embedded hub and for tests; what it forgets is only slower the next time.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from pfh.ports.event_log import Head

BYTES_MAX: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class _Kept:
    version: Head
    value: bytes


class MemoryCache:
    """Keeps the answers that were used last, up to a number of bytes.

    Belongs to one event loop.

    Args:
        bytes_max: of all keys and values together; a single larger value is not kept.
    """

    __slots__ = ("_bytes", "_bytes_max", "_kept", "_loading")

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        """Start empty."""
        self._bytes_max = bytes_max
        self._bytes = 0
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._loading: dict[tuple[str, Head], asyncio.Future[bytes]] = {}

    async def get_or_load(
        self, key: str, *, version: Head, load: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Return the kept value of this version, or load it; see the port."""
        kept = self._kept.get(key)
        if kept is not None and kept.version == version:
            self._kept.move_to_end(key)
            return kept.value
        flight = self._loading.get((key, version))
        if flight is None:
            # A task of its own: a caller that leaves must not take the load from the others.
            flight = asyncio.ensure_future(self._load(key, version, load))
            self._loading[key, version] = flight
            flight.add_done_callback(lambda done: self._landed(key, version, done))
        return await asyncio.shield(flight)

    async def forget(self, prefix: str) -> int:
        """Drop the keys with the prefix; a load that is under way is not kept either."""
        keys = [key for key in self._kept if key.startswith(prefix)]
        for key in keys:
            self._drop(key)
        for flying in [one for one in self._loading if one[0].startswith(prefix)]:
            del self._loading[flying]
        return len(keys)

    async def _load(self, key: str, version: Head, load: Callable[[], Awaitable[bytes]]) -> bytes:
        flight = asyncio.current_task()
        value = await load()
        if self._loading.get((key, version)) is flight:
            self._keep(key, version, value)
        return value

    def _landed(self, key: str, version: Head, flight: asyncio.Future[bytes]) -> None:
        if self._loading.get((key, version)) is flight:
            del self._loading[key, version]
        if not flight.cancelled():
            # Every waiter may have left; asking for the error keeps asyncio from complaining.
            flight.exception()

    def _keep(self, key: str, version: Head, value: bytes) -> None:
        kept = self._kept.get(key)
        if kept is not None and kept.version.household_seq > version.household_seq:
            return
        self._drop(key)
        size = len(key) + len(value)
        if size > self._bytes_max:
            return
        self._kept[key] = _Kept(version, value)
        self._bytes += size
        while self._bytes > self._bytes_max:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= len(key) + len(kept.value)
