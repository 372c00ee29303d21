"""Counting attempts in Redis, exact for all processes that share it.

One script looks and counts, so that no two processes let the same attempt through, and time is the
server's own, so that clocks that differ do not matter. Every attempt is counted in this process,
too: when Redis is down, each process goes on alone with what it knows. So the limits hold at worst
once for each process, and nobody is locked out because a server is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from redis.asyncio import Redis

from pfh.adapters.redis.link import RedisLink, RedisUnavailable
from pfh.adapters.throttle.memory import MemoryThrottle
from pfh.ports.clock import Clock

if TYPE_CHECKING:
    from pfh.ports.throttle import Throttle

_PREFIX: Final = "throttle:"
_MICROSECONDS: Final = 1_000_000
# KEYS: the list of instants, oldest first. ARGV: limit, window in µs, instant in µs or "".
_HIT: Final = """
local now = ARGV[3]
if now == '' then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
else
  now = tonumber(now)
end
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local first = tonumber(redis.call('LINDEX', KEYS[1], 0))
while first and (first + window <= now or first > now) do
  redis.call('LPOP', KEYS[1])
  first = tonumber(redis.call('LINDEX', KEYS[1], 0))
end
local count = redis.call('LLEN', KEYS[1])
if count < limit then
  redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
  return 0
end
first = tonumber(redis.call('LINDEX', KEYS[1], count - limit))
return math.max(1, math.ceil((first + window - now) / 1000000))
"""


class RedisThrottle:
    """Sliding windows, exact to the microsecond; a refused attempt does not count.

    Args:
        link: the server that never evicts.
        clock: for the counts of this process.
        server_time: False takes the clock's time instead of the server's, for tests.
    """

    def __init__(self, link: RedisLink, clock: Clock, *, server_time: bool = True) -> None:
        """Keep the ports; nothing is connected yet."""
        self._link = link
        self._clock = clock
        self._has_server_time = server_time
        self._own = MemoryThrottle(clock)
        self._script = link.client.register_script(_HIT)

    async def hit(self, key: str, *, limit: int, window_seconds: int) -> int:
        """Count one attempt; see the port and `MemoryThrottle.hit` for an example."""
        own = await self._own.hit(key, limit=limit, window_seconds=window_seconds)
        now = "" if self._has_server_time else self._clock.now()

        async def count(client: Redis) -> int:
            arguments = (limit, window_seconds * _MICROSECONDS, now)
            return int(await self._script(keys=[f"{_PREFIX}{key}"], args=arguments, client=client))

        try:
            return await self._link.run("throttle", count)
        except RedisUnavailable:
            return own

    async def clear(self, key: str) -> None:
        """Forget the attempts of a key; while Redis is down, those of this process alone."""
        await self._own.clear(key)

        async def delete(client: Redis) -> None:
            await client.delete(f"{_PREFIX}{key}")

        try:
            await self._link.run("throttle", delete)
        except RedisUnavailable:
            # Older attempts still count when it is back: stricter, never laxer.
            return


if TYPE_CHECKING:

    def _keeps_the_contract(throttle: RedisThrottle) -> Throttle:
        return throttle
