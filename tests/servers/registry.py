"""Which servers exist, how each is found, and what happens when one is not.

It exists so that a test asks for a server by name and never knows where it came from.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import NoReturn

import pytest

from tests.servers.chromium import find_chromium
from tests.servers.found import Missing, Server
from tests.servers.kafka import find_kafka
from tests.servers.mongo import find_mongo
from tests.servers.postgres import find_postgres
from tests.servers.redis import find_redis
from tests.servers.run_directory import RunDirectory
from tests.servers.s3 import find_s3
from tests.servers.tools import find_alertmanager, find_nginx, find_prometheus

Finder = Callable[[RunDirectory], Server]

FINDERS: dict[str, Finder] = {
    "postgres": find_postgres,
    "chromium": find_chromium,
    "kafka": find_kafka,
    "mongo": find_mongo,
    "redis": find_redis,
    "s3": find_s3,
    "nginx": find_nginx,
    "prometheus": find_prometheus,
    "alertmanager": find_alertmanager,
}


def required_servers() -> frozenset[str]:
    """Return the names in `PFH_REQUIRE_SERVERS`.

    Raises:
        UsageError: a name is not known, which would make the demand an empty one.
    """
    text = os.environ.get("PFH_REQUIRE_SERVERS", "")
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    unknown = sorted(names - FINDERS.keys())
    if unknown:
        raise pytest.UsageError(
            f"PFH_REQUIRE_SERVERS names {', '.join(unknown)}; known: {', '.join(FINDERS)}"
        )
    return names


def obtain(name: str, run: RunDirectory) -> Server:
    """Return the server of that name, started once a run; skip or fail the test without it."""
    with run.lock(name):
        known = run.read(name)
        if known is None:
            known = _find(name, run)
            run.write(name, known)
    if "reason" in known:
        give_up(name, known["reason"])
    return Server(**known)


def give_up(name: str, reason: str) -> NoReturn:
    """Skip the test for want of a server, or fail it when the server is demanded."""
    words = f"no {name}: {reason}"
    if name in required_servers():
        pytest.fail(f"{words} (PFH_REQUIRE_SERVERS demands it)", pytrace=False)
    pytest.skip(words)


def _find(name: str, run: RunDirectory) -> dict[str, str]:
    try:
        return asdict(FINDERS[name](run))
    except Missing as missing:
        return {"reason": str(missing)}


@dataclass(frozen=True, slots=True)
class Exercised:
    """What the last lines of a run say about servers."""

    exercised: tuple[str, ...]
    not_exercised: tuple[str, ...]


def summarise(run: RunDirectory) -> Exercised:
    """Tell which servers the tests of this run worked with, and why not the others."""
    exercised, not_exercised = [], []
    for name in FINDERS:
        known = run.read(name)
        if known is None:
            not_exercised.append(f"{name} (no test asked for it)")
        elif "reason" in known:
            not_exercised.append(f"{name} ({known['reason']})")
        else:
            exercised.append(f"{name} {known['version']} ({known['source']})")
    return Exercised(tuple(exercised), tuple(not_exercised))
