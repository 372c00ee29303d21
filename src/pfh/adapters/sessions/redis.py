"""The live sessions in Redis, in front of the tables that are their truth.

It exists so that a request of a busy person costs no query. What Redis says of a session is good
for five seconds and then read anew, so nothing that goes wrong here lasts longer:

- An ended session leaves a mark, and what was read from the tables before is not stored over it.
- When Redis cannot be told that a session ended, `revoke` returns only after those five seconds, so
  that no process believes in the session any more, whether it reaches Redis or not.
- When Redis cannot be asked, the tables answer. So an administrator's session is as sure as any;
  when the tables cannot be reached either, nobody is let in.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Final

import msgspec
from redis.asyncio import Redis

from pfh.adapters.dependencies.gathered import Gathered
from pfh.adapters.redis.link import RedisLink, RedisUnavailable
from pfh.adapters.sessions.sql import SqlSessions
from pfh.observability.logging import get_logger
from pfh.ports.clock import Clock
from pfh.ports.database import Connection, Database
from pfh.ports.sessions import Session

if TYPE_CHECKING:
    from pfh.ports.sessions import Sessions

GOOD_SECONDS: Final = 5.0
# Commands that were sent before may arrive a little later.
_MARGIN_SECONDS: Final = 1.0
_MARK_SECONDS: Final = 300
_PAUSE_SECONDS: Final = 0.2
_MICROSECONDS: Final = 1_000_000
_ENDED: Final = b"-"
_REVOKED_LATELY: Final = "SELECT session_id FROM sessions WHERE user_id = $1 AND revoked_at >= $2"
# `session:owner:{sid}` holds the user's id, or the mark of an ended session. KEYS are those of some
# sessions, ARGV their ids in the same order.
_FIND: Final = """
local found = {}
for place, key in ipairs(KEYS) do
  local owner = redis.call('GET', key)
  if owner and owner ~= '-' then
    owner = redis.call('GET', 'session:user:' .. owner .. ':' .. ARGV[place])
  end
  found[place] = owner
end
return found
"""
# KEYS: owner, session, index. ARGV: user id, session id, value, ms it is good, "new" or "".
_STORE: Final = """
if redis.call('GET', KEYS[1]) == '-' then return 0 end
if ARGV[5] == '' and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
redis.call('SADD', KEYS[3], ARGV[2])
redis.call('EXPIRE', KEYS[3], 3600)
return 1
"""
_LOGGER: Final = get_logger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, int, int, str, str, int, int]).decode


class RedisSessions:
    """Sessions by `session:user:{user}:{session}`, with the set `session:user:{user}` of each user.

    Args:
        link: the server that never evicts.
        database: where the tables are.
        clock: tells when a session is over.
        good_seconds: how long what Redis says of a session is believed; the same in all processes.
    """

    def __init__(
        self,
        link: RedisLink,
        database: Database,
        clock: Clock,
        *,
        good_seconds: float = GOOD_SECONDS,
    ) -> None:
        """Keep the ports; nothing is asked yet."""
        self._good_seconds = good_seconds
        self._link = link
        self._database = database
        self._clock = clock
        self._truth = SqlSessions(database, clock, exclusive=False)
        self._find = link.client.register_script(_FIND)
        self._store = link.client.register_script(_STORE)
        self._known = Gathered(self._known_of)

    async def find(self, session_id: int) -> Session | None:
        """Return the session when it is alive: from Redis, else from the tables."""
        begun = time.monotonic()
        try:
            known = await self._known.reply(session_id)
        except RedisUnavailable:
            return await self._truth.find(session_id)
        if known == _ENDED:
            return None
        if known is not None:
            session = _session(known)
            return session if session.expires_at > self._clock.now() else None
        read = await self._truth.find(session_id)
        if read is not None:
            await self._keep(read, begun, is_new=False)
        return read

    async def remember(self, session: Session) -> None:
        """Make a session findable without a query; it is found without this as well."""
        await self._keep(session, time.monotonic(), is_new=True)

    async def revoke(self, session_id: int) -> None:
        """End one session in the tables, then everywhere."""
        await self._truth.revoke(session_id)
        await self._end((session_id,), user_id=None)

    async def revoke_user(self, user_id: int) -> None:
        """End every session of a person in the tables, then everywhere."""
        await self._truth.revoke_user(user_id)
        since = self._clock.now() - _MARK_SECONDS * _MICROSECONDS

        async def ended(connection: Connection) -> list[int]:
            rows = await connection.fetch_all(_REVOKED_LATELY, user_id, since)
            return [row[0] for row in rows]

        await self._end(await self._database.read(ended), user_id=user_id)

    async def _known_of(self, session_ids: Sequence[int]) -> list[bytes | None]:
        async def ask(client: Redis) -> list[bytes | None]:
            owners = [_owner(one) for one in session_ids]
            found: list[bytes | None] = await self._find(
                keys=owners, args=session_ids, client=client
            )
            return found

        return await self._link.run("session", ask)

    async def _keep(self, session: Session, begun: float, *, is_new: bool) -> None:
        """Store what was read at `begun` (monotonic seconds) for what is left of its time."""
        left = self._good_seconds - (time.monotonic() - begun)
        if left <= 0:
            return
        user_id, session_id = session.user_id, session.session_id
        keys = [_owner(session_id), _key(user_id, session_id), _index(user_id)]
        value = _encode(astuple(session))
        arguments: list[int | str | bytes] = [user_id, session_id, value]
        arguments += [int(left * 1000) or 1, "new" if is_new else ""]

        async def store(client: Redis) -> None:
            await self._store(keys=keys, args=arguments, client=client)

        try:
            await self._link.run("session", store)
        except RedisUnavailable:
            # The tables have it.
            return

    async def _end(self, session_ids: Iterable[int], *, user_id: int | None) -> None:
        """Mark sessions as ended; where that cannot be done, wait until nobody believes in them."""
        ids = tuple(session_ids)

        async def mark(client: Redis) -> None:
            async with client.pipeline(transaction=True) as pipeline:
                for session_id in ids:
                    pipeline.set(_owner(session_id), _ENDED, ex=_MARK_SECONDS)
                if user_id is not None:
                    for session_id in ids:
                        pipeline.unlink(_key(user_id, session_id))
                    if ids:
                        pipeline.srem(_index(user_id), *ids)
                await pipeline.execute()

        until = time.monotonic() + self._good_seconds + _MARGIN_SECONDS
        while time.monotonic() < until:
            try:
                await self._link.run("session", mark, insist=True)
            except RedisUnavailable:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return
        _LOGGER.warning("sessions_ended_without_redis", sessions=len(ids))


def _owner(session_id: int) -> str:
    return f"session:owner:{session_id}"


def _key(user_id: int, session_id: int) -> str:
    return f"session:user:{user_id}:{session_id}"


def _index(user_id: int) -> str:
    return f"session:user:{user_id}"


def _session(known: bytes) -> Session:
    session_id, user_id, household_id, household_role, role, epoch, expires_at = _decode(known)
    return Session(
        session_id=session_id,
        user_id=user_id,
        household_id=household_id,
        household_role=household_role,
        role=role,
        epoch=epoch,
        expires_at=expires_at,
    )


if TYPE_CHECKING:

    def _keeps_the_contract(sessions: RedisSessions) -> Sessions:
        return sessions
