"""Requests by 16 clients: dashboard, list, category totals, creates, also while an import runs.

It exists to show that a request costs the same whatever the history: the same requests go to every
size of book.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from typing import Any

from bench.figures import Figure, percentile
from bench.household import END, SEED
from bench.hub import Hub
from bench.workbench import Workbench, folder_mib

_MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
_WARM_SECONDS = 1.0
_SECONDS = 5.0
_SETTLE_SECONDS = 3.0
_IMPORT_POLL_SECONDS = 0.05


def get(path: str) -> dict[str, str]:
    """Return one request of a load plan."""
    return {"method": "GET", "path": path}


def dashboards() -> list[dict[str, str]]:
    """Return the dashboards of the last two years."""
    return [get(f"/api/dashboard?period={month}") for month in _MONTHS]


def lists() -> list[dict[str, str]]:
    """Return the newest page of 50 and pages at random places of the ten years."""
    random = Random(SEED)
    # A cursor is `date.id`; the largest id of a random day begins a page at a random place.
    places = [
        f"{2016 + int(random.random() * 10)}-{1 + int(random.random() * 12):02d}-15"
        for _ in range(40)
    ]
    pages = [get(f"/api/transactions?limit=50&cursor={day}.{10**18 - 1}") for day in places]
    return [get("/api/transactions?limit=50"), *pages]


def category_totals() -> list[dict[str, str]]:
    """Return the totals by category of the last two years' months."""
    return [get(f"/api/dashboard/categories?period={month}") for month in _MONTHS]


def creates(hub: Hub) -> list[dict[str, str]]:
    """Return new expenses over the accounts, categories and days that the newest entries have."""
    newest = hub.json("GET", "/api/transactions?limit=200&transactionType=expense")["items"]
    used = [item for item in newest if item["currency"] == "EUR" and item["categoryId"]]
    accounts = sorted({item["accountId"] for item in used})[:3]
    categories = sorted({item["categoryId"] for item in used})[:30]
    random = Random(SEED)
    bodies = [
        {
            "description": f"Created by a client %n {number % 7}",
            "amount": f"{1 + int(random.random() * 9000) / 100:.2f}",
            "transactionType": "expense",
            "transactionDate": END.replace(day=1 + number % 28).isoformat(),
            "accountId": accounts[number % len(accounts)],
            "categoryId": categories[number % len(categories)],
            "payee": f"Bench shop {number % 40}",
        }
        for number in range(300)
    ]
    return [
        {"method": "POST", "path": "/api/transactions", "body": json.dumps(body)} for body in bodies
    ]


def measure_requests(bench: Workbench) -> list[Figure]:
    """Measure the start, the three reads and the creates on the book."""
    size = bench.size
    figures: list[Figure] = []
    starts = []
    for _ in range(3):
        with Hub(bench.book()) as hub:
            starts.append(hub.started_seconds)
    figures.append(Figure("start", size, sorted(starts)[1], "median of 3"))
    with Hub(bench.book()) as hub:
        figures.append(Figure("memory_start", size, hub.memory_mib()))
        hub.sign_in()
        for name, requests in (
            ("dashboard", dashboards()),
            ("list", lists()),
            ("categories", category_totals()),
        ):
            figures += _load(hub, size, name, requests)
        figures += _filtered(hub, size)
        figures += _load(hub, size, "create", creates(hub))
    return figures


def _filtered(hub: Hub, size: int) -> list[Figure]:
    """Time the first page of 50 with the totals of a filter, by one client: median of five."""
    item = hub.json("GET", "/api/transactions?limit=1&transactionType=expense")["items"][0]
    figures = []
    for name, query in (
        ("month", "from=2020-02-01&to=2020-02-29"),
        ("account", f"accountId={item['accountId']}"),
        ("category", f"categoryId={item['categoryId']}"),
        ("text", "q=coffee"),
    ):
        durations = []
        for _ in range(5):
            started = time.perf_counter()
            hub.json("GET", f"/api/transactions?limit=50&{query}")
            durations.append((time.perf_counter() - started) * 1000)
        figures.append(Figure(f"filter_{name}", size, percentile(durations, 50)))
    return figures


def _load(hub: Hub, size: int, name: str, requests: list[dict[str, str]]) -> list[Figure]:
    """Warm up, measure, and return the rate, the percentiles and the cost."""
    hub.load(requests, seconds=_WARM_SECONDS, run="warm")
    seen = hub.load(requests, seconds=_SECONDS, run=name)
    busy = seen["cpu_seconds"] / seen["seconds"]
    note = f"load generator {busy:.0%} of its core" if busy > 0.8 else ""
    return [
        Figure(name, size, seen["rate"], note),
        Figure(f"{name}_p50", size, seen["p50"]),
        Figure(f"{name}_p95", size, seen["p95"]),
        Figure(f"{name}_p99", size, seen["p99"]),
        Figure(f"{name}_cpu", size, seen["server_cpu_us"]),
    ]


def measure_importing(bench: Workbench) -> list[Figure]:
    """Measure creates and lists while the server imports, and the memory when all is done."""
    size = bench.size
    figures = []
    with Hub(bench.book()) as hub:
        hub.sign_in()
        seen, note = _while_importing(bench, hub, creates(hub))
        figures.append(Figure("create_importing", size, seen["rate"], note))
        figures.append(Figure("create_importing_p95", size, seen["p95"]))
        hub.sign_in()
        seen, note = _while_importing(bench, hub, lists())
        figures.append(Figure("list_importing_p95", size, seen["p95"], note))
        hub.load(lists(), seconds=_SECONDS)
        hub.load(dashboards(), seconds=_SECONDS)
        time.sleep(_SETTLE_SECONDS)
        peak = f"peak {hub.memory_mib('VmHWM'):.0f} MiB, book {folder_mib(bench.book()):.0f} MiB"
        figures.append(Figure("memory_idle", size, hub.memory_mib(), peak))
    return figures


def _while_importing(
    bench: Workbench, hub: Hub, requests: list[dict[str, str]]
) -> tuple[dict[str, Any], str]:
    """Put requests on the server while it commits an import; say how much of it they overlapped."""
    commit = prepare_import(bench, hub)
    started = time.perf_counter()
    with ThreadPoolExecutor(1) as pool:
        running: Future[int] = pool.submit(commit)
        time.sleep(_IMPORT_POLL_SECONDS)
        seen = hub.load(requests, seconds=3.0, run="importing")
        note = "" if not running.done() else "the import ended first"
        rows = running.result()
    rate = rows / (time.perf_counter() - started)
    return seen, f"import of {rows:,} rows at {rate:,.0f} rows/s{'; ' if note else ''}{note}"


def prepare_import(bench: Workbench, hub: Hub) -> Callable[[], int]:
    """Upload a CSV of 100,000 entries for a preview; return what commits it and counts its rows."""
    content = bench.other_csv().read_bytes()
    boundary = "bench-7f3a"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="book.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()
    body += content + f"\r\n--{boundary}--\r\n".encode()
    preview = hub.json(
        "POST",
        "/api/imports",
        body,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    path = f"/api/imports/{preview['id']}"
    _wait_while(hub, path, "reading")

    def commit() -> int:
        hub.json("POST", f"{path}/commit", {})
        return int(_wait_while(hub, path, "committing")["done"])

    return commit


def _wait_while(hub: Hub, path: str, status: str) -> dict[str, Any]:
    """Return an import as soon as it has left a status."""
    while (state := hub.json("GET", path))["status"] == status:
        time.sleep(_IMPORT_POLL_SECONDS)
    return dict(state)
