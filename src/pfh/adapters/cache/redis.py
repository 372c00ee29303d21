"""The cache port in Redis, shared by all processes.

It exists so that one process computes what many show. A value is only ever given for exactly the
version that was asked for. Past its time it is given once more to everybody while one caller makes
it anew ("stale" in the metric); of a version that nobody has, one process makes it and the others
wait a little for that. Redis down, full or flushed costs time only: each process then shares its
own loads and makes at most sixteen at once, so that the database is not overrun.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from redis.asyncio import Redis

from pfh.adapters.dependencies.gathered import Gathered
from pfh.adapters.redis.link import RedisLink, RedisUnavailable
from pfh.observability.metrics import CACHE_ANSWERS
from pfh.ports.event_log import Head

if TYPE_CHECKING:
    from pfh.ports.cache import Cache

_JITTER: Final = 0.2
_STEP_SECONDS: Final = 0.01
_LOADS_MAX: Final = 16
# Enough of a hash to tell two histories of one household apart.
_TAG_BYTES: Final = 8
_GLOB: Final = re.compile(r"([*?\[\]\\^-])")
_SCAN_COUNT: Final = 1000
# KEYS: lock, value. ARGV: token of the lock, number, value, ms to keep it. An older number never
# replaces a newer one, and who lost the lock (it ran out, or the key was forgotten) stores nothing.
_STORE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
local known = string.match(redis.call('GETRANGE', KEYS[2], 0, 20), '^(%d+)-')
if known and tonumber(known) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
return 1
"""
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
Load = Callable[[], Awaitable[bytes]]
_Flights = dict[tuple[str, Head], asyncio.Future[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheTimes:
    """How long things last, in seconds.

    After `fresh` a value is made anew while it is still given, after `kept` it is gone; both vary
    by a fifth, so that values that were made together do not run out together. `lock` is how long
    one process may take to make a value, `wait` how long the others wait for it.
    """

    fresh: float = 60.0
    kept: float = 600.0
    lock: float = 5.0
    wait: float = 1.0


TIMES: Final = CacheTimes()


class RedisCache:
    """Values under `{key}` as "number-hash instant value", locks under `lock:{key}:{number-hash}`.

    Args:
        link: the server that may evict.
        times: how long things last.
    """

    def __init__(self, link: RedisLink, *, times: CacheTimes = TIMES) -> None:
        """Start without any load under way."""
        self._link = link
        self._times = times
        # Grows when something is forgotten: what was asked for before is then not stored.
        self._drops = 0
        self._flights: _Flights = {}
        self._refreshes: _Flights = {}
        self._slots = asyncio.Semaphore(_LOADS_MAX)
        self._values = Gathered(self._values_of)
        self._store = link.client.register_script(_STORE)
        self._release = link.client.register_script(_RELEASE)

    async def get_or_load(self, key: str, *, version: Head, load: Load) -> bytes:
        """Return the value of this version, or load it; see the port."""
        drops = self._drops
        if (key, version) not in self._flights:
            try:
                known = await self._read(key, version)
            except RedisUnavailable:
                known = None
            if known is not None:
                value, is_fresh = known
                CACHE_ANSWERS.labels("hit" if is_fresh else "stale").inc()
                if not is_fresh:
                    self._take_off(self._refreshes, (key, version), load, drops)
                return value
        flight = self._take_off(self._flights, (key, version), load, drops)
        return await asyncio.shield(flight)

    async def forget(self, prefix: str) -> int:
        """Drop the keys with the prefix; a load that is under way is not kept either."""
        self._drops += 1
        for flights in (self._flights, self._refreshes):
            for flying in [one for one in flights if one[0].startswith(prefix)]:
                del flights[flying]
        pattern = _GLOB.sub(r"\\\1", prefix) + "*"

        async def drop(client: Redis) -> int:
            # Locks first: a load that began before must not store after.
            await _unlink(client, f"lock:{pattern}")
            return await _unlink(client, pattern)

        try:
            return await self._link.run("cache", drop)
        except RedisUnavailable:
            return 0

    def _take_off(
        self, flights: _Flights, asked: tuple[str, Head], load: Load, drops: int
    ) -> asyncio.Future[bytes]:
        """Return the load under way or begin one, as a task that no caller takes along."""
        flight = flights.get(asked)
        if flight is None:
            flight = asyncio.ensure_future(self._make(*asked, load, drops))
            flights[asked] = flight
            flight.add_done_callback(lambda done: _landed(flights, asked, done))
        return flight

    async def _make(self, key: str, version: Head, load: Load, drops: int) -> bytes:
        """Load and store, or take what another caller or process just made."""
        token = secrets.token_hex(16)
        try:
            is_ours, made = await self._lock(key, version, token)
            if made is None and not is_ours:
                made = await self._wait(key, version)
        except RedisUnavailable:
            is_ours, made = False, None
        if made is not None:
            CACHE_ANSWERS.labels("waited").inc()
            if is_ours:
                await self._run_script(self._release, [_lock(key, version)], [token])
            return made
        CACHE_ANSWERS.labels("loaded").inc()
        if is_ours:
            value = await self._load_locked(key, version, load, token)
            if drops == self._drops:
                await self._keep(key, version, value, token)
            else:
                # It was forgotten meanwhile; whoever asks now must not wait for us.
                await self._run_script(self._release, [_lock(key, version)], [token])
            return value
        async with self._slots:
            return await load()

    async def _load_locked(self, key: str, version: Head, load: Load, token: str) -> bytes:
        try:
            return await load()
        except BaseException:
            await self._run_script(self._release, [_lock(key, version)], [token])
            raise

    async def _keep(self, key: str, version: Head, value: bytes, token: str) -> None:
        """Store a value and give the lock back, unless it is no longer ours."""
        fresh_until = int((time.time() + _varied(self._times.fresh)) * 1000)
        stored = b"%s %d %s" % (_version(version).encode(), fresh_until, value)
        arguments = [token, version.household_seq, stored, int(_varied(self._times.kept) * 1000)]
        await self._run_script(self._store, [_lock(key, version), key], arguments)

    async def _run_script(
        self, script: Callable[..., Awaitable[object]], keys: list[str], arguments: list[object]
    ) -> None:
        async def run(client: Redis) -> None:
            await script(keys=keys, args=arguments, client=client)

        with contextlib.suppress(RedisUnavailable):
            await self._link.run("cache", run)

    async def _read(self, key: str, version: Head) -> tuple[bytes, bool] | None:
        """Return the value of this version and whether it is fresh."""
        return _opened(await self._values.reply(key), version)

    async def _values_of(self, keys: Sequence[str]) -> list[bytes | None]:
        async def ask(client: Redis) -> list[bytes | None]:
            found = await client.mget(different)
            # The client gives bytes: it was not told to decode.
            return [one for one in found if not isinstance(one, str)]

        different = list(dict.fromkeys(keys))
        found = await self._link.run("cache", ask)
        values = dict(zip(different, found, strict=True))
        return [values[key] for key in keys]

    async def _lock(self, key: str, version: Head, token: str) -> tuple[bool, bytes | None]:
        """Try to be the one who loads; the value comes along when it was made meanwhile."""
        lock = _lock(key, version)

        async def take(client: Redis) -> tuple[bool, bytes | None]:
            async with client.pipeline(transaction=False) as pipeline:
                pipeline.set(lock, token, nx=True, px=int(self._times.lock * 1000))
                pipeline.get(key)
                taken, stored = await pipeline.execute()
            known = _opened(stored, version)
            return bool(taken), known[0] if known is not None and known[1] else None

        return await self._link.run("cache", take)

    async def _wait(self, key: str, version: Head) -> bytes | None:
        """Look for what another process makes, for a second at most."""
        until, pause = time.monotonic() + self._times.wait, _STEP_SECONDS
        while time.monotonic() < until:
            await asyncio.sleep(pause)
            pause = min(0.1, pause * 1.5)
            known = await self._read(key, version)
            if known is not None and known[1]:
                return known[0]
        return None


def _lock(key: str, version: Head) -> str:
    return f"lock:{key}:{_version(version)}"


def _version(head: Head) -> str:
    return f"{head.household_seq}-{head.hash[:_TAG_BYTES].hex()}"


def _varied(seconds: float) -> float:
    return seconds * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 -- no secret


def _landed(flights: _Flights, flown: tuple[str, Head], flight: asyncio.Future[bytes]) -> None:
    if flights.get(flown) is flight:
        del flights[flown]
    if not flight.cancelled():
        # Every waiter may have left; asking for the error keeps asyncio from complaining.
        flight.exception()


def _opened(stored: bytes | None, version: Head) -> tuple[bytes, bool] | None:
    begin = f"{_version(version)} ".encode()
    if stored is None or not stored.startswith(begin):
        return None
    fresh_until, _, value = stored[len(begin) :].partition(b" ")
    return (value, int(fresh_until) > time.time() * 1000) if fresh_until.isdigit() else None


async def _unlink(client: Redis, pattern: str) -> int:
    dropped = 0
    async for key in client.scan_iter(match=pattern, count=_SCAN_COUNT):
        dropped += int(await client.unlink(key))
    return dropped


if TYPE_CHECKING:

    def _keeps_the_contract(cache: RedisCache) -> Cache:
        return cache
