"""`pfh ops redis prefixes` counts kinds of keys on a real Redis."""

from __future__ import annotations

import pytest

from pfh.adapters.redis.link import RedisOptions, connect
from pfh.adapters.redis.prefixes import histogram, prefix_of


@pytest.mark.redis
async def test_counts_and_weighs_every_kind(redis_options: RedisOptions) -> None:
    client = connect(redis_options)
    try:
        async with client.pipeline(transaction=False) as pipeline:
            for number in range(1200):
                pipeline.set(f"session:user:{number}:{number}", b"x" * 200)
            for number in range(30):
                pipeline.set(f"dashboard:{number}:2026-11:summary", b"y" * 2_000)
            await pipeline.execute()
        found = await histogram(client, keys_max=100_000)
        by_name = {one.prefix: one for one in found.prefixes}
        sessions = by_name["session:user:*:*"]
        assert found.is_whole
        assert sessions.keys == 1200
        assert sessions.measured <= 50
        assert 1200 * 200 < sessions.bytes_estimated < 1200 * 500
        assert by_name["dashboard:*:*:summary"].bytes_estimated > 30 * 2_000
        few = await histogram(client, keys_max=1)
        assert not few.is_whole
        assert few.keys < 1230
    finally:
        await client.aclose(close_connection_pool=True)


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        ("session:owner:42", "session:owner:*"),
        ("dashboard:7:latest-2026-11:trends-12", "dashboard:*:*:trends-12"),
        ("throttle:sign_in:0123456789abcdef", "throttle:sign_in:*"),
        ("plain", "plain"),
    ],
)
def test_leaves_numbers_out(key: str, prefix: str) -> None:
    assert prefix_of(key) == prefix
