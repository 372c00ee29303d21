"""Which kinds of keys fill a Redis server, counted by walking through them in small steps."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

_STEP: Final = 500
# MEMORY USAGE costs the server some microseconds for a key, so only every so-manieth is measured.
_MEASURED_MAX: Final = 50
_NUMBER: Final = re.compile(r"^(?:\d+|[0-9a-f]{16,}|latest-.*|\d{4}-\d\d)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """One kind of key: `session:user:*`.

    `bytes_estimated` is the mean of `measured` keys times their number.
    """

    prefix: str
    keys: int
    measured: int
    bytes_estimated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """What a walk found; `is_whole` is False when it stopped at its limit of keys."""

    prefixes: list[Prefix]
    keys: int
    used_bytes: int
    is_whole: bool


async def histogram(client: Redis, *, keys_max: int) -> Histogram:
    """Walk through the keys with SCAN, which never stops the server, and count their prefixes.

    Args:
        client: of the server.
        keys_max: how many keys are looked at before it stops.
    """
    counts: Counter[str] = Counter()
    sizes: defaultdict[str, list[int]] = defaultdict(list)
    cursor, seen = 0, 0
    while True:
        cursor, texts = await client.scan(cursor=cursor, count=_STEP)
        found = [key if isinstance(key, bytes) else key.encode() for key in texts]
        wanted: list[tuple[str, bytes]] = []
        for key in found:
            prefix = prefix_of(key.decode("utf-8", "replace"))
            counts[prefix] += 1
            if len(sizes[prefix]) + sum(name == prefix for name, _ in wanted) < _MEASURED_MAX:
                wanted.append((prefix, key))
        seen += len(found)
        if wanted:
            async with client.pipeline(transaction=False) as pipeline:
                for _, key in wanted:
                    pipeline.memory_usage(key)
                told = await pipeline.execute()
            for (prefix, _), size in zip(wanted, told, strict=True):
                # A key that expired meanwhile has none.
                if size is not None:
                    sizes[prefix].append(int(size))
        if cursor == 0 or seen >= keys_max:
            break
    memory = await client.info("memory")
    prefixes = [
        Prefix(
            prefix=prefix,
            keys=count,
            measured=len(sizes[prefix]),
            bytes_estimated=_estimated(sizes[prefix], count),
        )
        for prefix, count in counts.items()
    ]
    prefixes.sort(key=lambda one: (-one.bytes_estimated, one.prefix))
    return Histogram(
        prefixes=prefixes, keys=seen, used_bytes=int(memory["used_memory"]), is_whole=cursor == 0
    )


def prefix_of(key: str) -> str:
    """Return the kind of a key, its numbers and texts of chance left out.

    Example: "dashboard:42:2026-11:summary" → "dashboard:*:*:summary".
    """
    parts = ("*" if _NUMBER.match(part) else part[:40] for part in key.split(":"))
    return ":".join(parts)


def _estimated(sizes: list[int], count: int) -> int:
    return round(sum(sizes) / len(sizes) * count) if sizes else 0
