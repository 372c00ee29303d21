"""Putting Redis and S3 in the place of the embedded adapters, each on its own.

None of them must be there when the hub starts, or stay: what each part does without its server is
said by its adapter and by docs/howto/cluster.md.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

from pfh.ports.services import Services
from pfh.runtime.server_settings import RedisSettings, S3Settings, ServerSettings


async def around(services: Services, servers: ServerSettings, stack: AsyncExitStack) -> Services:
    """Return the services with every server that is set; the stack closes them."""
    if servers.redis_master is not None:
        services = await _with_master(services, servers.redis_master, stack)
    if servers.redis_cache is not None:
        services = _with_cache(services, servers.redis_cache, stack)
    if servers.s3 is not None:
        services = _with_s3(services, servers.s3)
    return services


async def _with_master(
    services: Services, settings: RedisSettings, stack: AsyncExitStack
) -> Services:
    from pfh.adapters.redis.link import RedisLink
    from pfh.adapters.sessions.redis import RedisSessions
    from pfh.adapters.signals.redis import open_signals
    from pfh.adapters.throttle.redis import RedisThrottle
    from pfh.runtime.server_options import redis_options

    link = RedisLink(redis_options(settings), "master")
    stack.push_async_callback(link.close)
    return replace(
        services,
        sessions=RedisSessions(link, services.database, services.clock),
        throttle=RedisThrottle(link, services.clock),
        signals=await stack.enter_async_context(open_signals(link)),
    )


def _with_cache(services: Services, settings: RedisSettings, stack: AsyncExitStack) -> Services:
    from pfh.adapters.cache.redis import RedisCache
    from pfh.adapters.redis.link import RedisLink
    from pfh.runtime.server_options import redis_options

    link = RedisLink(redis_options(settings), "cache")
    stack.push_async_callback(link.close)
    return replace(services, cache=RedisCache(link))


def _with_s3(services: Services, settings: S3Settings) -> Services:
    from pfh.adapters.objects.s3 import S3Objects
    from pfh.runtime.server_options import s3_options

    return replace(services, objects=S3Objects(s3_options(settings)))
