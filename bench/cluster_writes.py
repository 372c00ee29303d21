"""Creates through HTTP on PostgreSQL, against pgbench on the same server in the same minute.

It exists to keep the hot write near what the server itself can do: pgbench's TPC-B-like transaction
is five statements of a program in C, ours is a booking with its event, balances and stored answer.
Both get 16 clients that do not share rows (a branch each, a household each), and a server that
waits for its disk. Short turns, one after the other, so that both meet the same neighbours.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bench.figures import Figure
from bench.hub import LOAD_CORE, Hub, run_pfh
from pfh.entry.cli.stack.missing import Missing
from pfh.entry.cli.stack.postgres import control, native_binaries, start_cluster

CLIENTS: Final = 16
_TURNS: Final = 4
_TURN_SECONDS: Final = 5
_WARM_SECONDS: Final = 2
_SETTINGS: Final = "shared_buffers = '256MB'\nmax_wal_size = '4GB'\n"
_RATE: Final = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


def measure_cluster_writes() -> list[Figure]:
    """Measure both in turns; nothing where PostgreSQL is not installed."""
    try:
        binaries = native_binaries()
    except Missing as missing:
        print(f"  {missing}: left out")
        return []
    with _server(binaries) as url:
        _pgbench(binaries, url, "-i", "-s", str(CLIENTS), "--quiet")
        settings = _settings(url)
        root = Path(tempfile.mkdtemp(prefix="pfh-bench-hub-"))
        try:
            run_pfh(root / "data", "migrate", settings=settings)
            with (
                Hub(root / "data", settings=settings) as hub,
                # As an operator runs one for each core; it shares core 1 with the load.
                Hub(root / "data2", settings=settings, core=LOAD_CORE) as second,
            ):
                return _turns(binaries, url, hub, second)
        finally:
            shutil.rmtree(root)


def _turns(binaries: Path, url: str, hub: Hub, second: Hub) -> list[Figure]:
    wishes = [_wish(hub, number) for number in range(CLIENTS)]
    theirs: list[float] = []
    ours: list[dict[str, Any]] = []
    both: list[dict[str, Any]] = []

    def load(run: str, *beside: Hub, seconds: int = _TURN_SECONDS) -> dict[str, Any]:
        return hub.load(wishes, seconds=seconds, connections=CLIENTS, run=run, beside=beside)

    load("warm", second, seconds=_WARM_SECONDS)
    for turn in range(_TURNS):
        told = _pgbench(binaries, url, "-c", str(CLIENTS), "-T", str(_TURN_SECONDS))
        found = _RATE.search(told)
        if found is None:
            message = f"pgbench did not tell its rate: {told[-500:]}"
            raise RuntimeError(message)
        theirs.append(float(found[1]))
        ours.append(load(f"one-{turn}"))
        both.append(load(f"two-{turn}", second))
    peer = _mean(theirs)
    return [
        Figure("postgres_create", 0, _mean([one["rate"] for one in ours])),
        Figure("postgres_create_p95", 0, _mean([one["p95"] for one in ours])),
        Figure("postgres_create_cpu", 0, _mean([one["server_cpu_us"] for one in ours])),
        Figure("postgres_create_load", 0, _mean([_load_us(one) for one in ours])),
        Figure("postgres_create_two", 0, _mean([one["rate"] for one in both])),
        Figure("postgres_pgbench", 0, peer),
        _ratio("postgres_create_ratio", ours, theirs),
        _ratio("postgres_create_two_ratio", both, theirs),
    ]


def _ratio(key: str, ours: list[dict[str, Any]], theirs: list[float]) -> Figure:
    """Return the rate against pgbench's, with that of each turn beside it."""
    rates = [one["rate"] for one in ours]
    turns = ", ".join(f"{rate / their:.2f}" for rate, their in zip(rates, theirs, strict=True))
    return Figure(key, 0, _mean(rates) / _mean(theirs), f"turns: {turns}")


def _load_us(seen: dict[str, Any]) -> float:
    """Return what the load itself takes, which a client in C would not: microseconds a request."""
    return float(seen["cpu_seconds"]) * 1e6 / max(1, int(seen["count"]))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _wish(hub: Hub, number: int) -> dict[str, Any]:
    """Register somebody with an account and return the request that books an expense there."""
    hub.register(f"bench-{number}@example.org")
    account = hub.json("POST", "/api/accounts", {"name": "Bank", "accountType": "checking"})
    categories = hub.json("GET", "/api/categories")["items"]
    expense = next(one for one in categories if one["kind"] == "expense" and not one["isSystem"])
    body = {
        "description": "Created by a client %n",
        "amount": "12.34",
        "transactionType": "expense",
        "transactionDate": "2026-11-02",
        "accountId": account["id"],
        "categoryId": expense["id"],
    }
    return {
        "method": "POST",
        "path": "/api/transactions",
        "body": json.dumps(body),
        "headers": {"Authorization": f"Bearer {hub.token}"},
    }


@contextmanager
def _server(binaries: Path) -> Iterator[str]:
    """Start a server that waits for its disk at each commit, and throw it away afterwards."""
    root = Path(tempfile.mkdtemp(prefix="pfh-bench-postgres-"))
    root.chmod(0o755)  # It may run as another user.
    try:
        url = start_cluster(binaries, root / "server", settings=_SETTINGS)
        try:
            yield url
        finally:
            control(binaries, root / "server" / "data", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _pgbench(binaries: Path, url: str, *arguments: str) -> str:
    parts = urlsplit(url)
    place = ["-h", "127.0.0.1", "-p", str(parts.port), "-U", str(parts.username)]
    done = subprocess.run(
        [f"{binaries}/pgbench", *arguments, *place, "postgres"],
        env={**os.environ, "PGPASSWORD": parts.password or ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _settings(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    return {
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_DB": parts.path.removeprefix("/"),
        "POSTGRES_USER": str(parts.username),
        "POSTGRES_PASSWORD": str(parts.password),
        "POSTGRES_POOL_SIZE": str(CLIENTS),
        # One key for both, so that each takes the other's tokens; the books are thrown away.
        "PFH_SECRET_KEY": secrets.token_hex(32),
    }
