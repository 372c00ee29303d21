"""Every metric of the process but the database's, and the text that Prometheus reads.

It exists as one module so that docs/reference/metrics.md can be checked against it. Labels hold
routes, formats and outcomes, never an identifier or anything about a person.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from pfh.observability.database_metrics import DATABASE_METRICS, Tally

REGISTRY: Final = CollectorRegistry(auto_describe=False)
# Seconds; 2 and 5 are the limits of the alerts.
HTTP_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpMetrics(Collector):
    """Durations of requests by method, route template and class of status (`2xx`).

    Tallies are plain lists, because every request pays for it (see `bench/README.md`).
    """

    def __init__(self) -> None:
        """Start empty."""
        self._tallies: dict[tuple[str, str, int], Tally] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; methods that do not exist share one label."""
        key = (method if method in _METHODS else "OTHER", route, status // 100)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally(HTTP_BUCKETS)
        tally.observe(seconds)

    def collect(self) -> Iterable[Metric]:
        """Yield the one family."""
        family = HistogramMetricFamily(
            "http_request_duration_seconds",
            "Requests, from the first byte of the head to the end of the answer.",
            labels=["method", "route", "status_class"],
        )
        for (method, route, status_class), tally in sorted(self._tallies.items()):
            running, buckets = 0, []
            for bound, count in zip((*map(str, HTTP_BUCKETS), "+Inf"), tally.counts, strict=True):
                running += count
                buckets.append((bound, float(running)))
            family.add_metric([method, route, f"{status_class}xx"], buckets, tally.total)
        yield family


HTTP_METRICS: Final = HttpMetrics()
REGISTRY.register(HTTP_METRICS)
REGISTRY.register(DATABASE_METRICS)
ProcessCollector(registry=REGISTRY)

BUILD_INFO: Final = Gauge(
    "build_info", "Always 1.", ["version", "commit", "python"], registry=REGISTRY
)
HUB_INFO: Final = Gauge(
    "hub_info", "Where people open the hub (PFH_BASE_URL), for links to it; always 1.",
    ["base_url"], registry=REGISTRY,
)  # fmt: skip
START_TIME: Final = Gauge(
    "hub_start_time_seconds", "When the hub started, since the epoch.", registry=REGISTRY
)
IMPORT_FILES: Final = Counter(
    "import_files", "Files that were imported, by format and outcome.",
    ["format", "outcome"], registry=REGISTRY,
)  # fmt: skip
IMPORT_ROWS: Final = Counter(
    "import_rows", "Rows that were read: new, duplicate or error.",
    ["format", "outcome"], registry=REGISTRY,
)  # fmt: skip
IMPORT_SECONDS: Final = Histogram(
    "import_seconds", "Imports, from the first byte to the commit.",
    ["format"], registry=REGISTRY, buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300),
)  # fmt: skip
PROJECTION_EVENTS: Final = Counter(
    "projection_events", "Events that a consumer applied.", ["consumer"], registry=REGISTRY
)
PROJECTION_FAILURES: Final = Counter(
    "projection_failures", "Rounds of a consumer that failed and will be tried again.",
    ["consumer"], registry=REGISTRY,
)  # fmt: skip
PROJECTION_SECONDS: Final = Histogram(
    "projection_seconds", "From the hint of a change to its place in the read model.",
    ["consumer"], registry=REGISTRY, buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 30),
)  # fmt: skip
PROJECTION_BEHIND: Final = Gauge(
    "projection_households_behind", "Households whose read model is not at their last event.",
    ["consumer"], registry=REGISTRY,
)  # fmt: skip
PROJECTION_DROPPED: Final = Counter(
    "projection_read_models_dropped",
    "Read models that told of events which the books do not have; they are made again.",
    ["consumer"], registry=REGISTRY,
)  # fmt: skip
REPLICA_UP: Final = Gauge(
    "db_replica_up", "Whether the read replica answers and replays a primary.", registry=REGISTRY
)
REPLICA_LAG_SECONDS: Final = Gauge(
    "db_replica_lag_seconds", "Age of the oldest write that the read replica does not show yet.",
    registry=REGISTRY,
)  # fmt: skip
READS_TO_SHOW: Final = Counter(
    "db_reads_to_show",
    "Reads that may go to the replica: where they went, and why (caught_up, behind, away, failed).",
    ["target", "reason"], registry=REGISTRY,
)  # fmt: skip
REDIS_UP: Final = Gauge(
    "redis_up", "Whether the last command got an answer, by role (master, cache).",
    ["role"], registry=REGISTRY,
)  # fmt: skip
REDIS_FAILURES: Final = Counter(
    "redis_failures",
    "Commands without an answer, or not sent because one just failed; the hub went on without.",
    ["role", "use"], registry=REGISTRY,
)  # fmt: skip
CACHE_ANSWERS: Final = Counter(
    "cache_answers", "Answers of the shared cache: hit, stale (one refreshes), waited, loaded.",
    ["outcome"], registry=REGISTRY,
)  # fmt: skip
DOCUMENTS_FAILURES: Final = Counter(
    "documents_failures", "Calls of the read models' server that failed.", registry=REGISTRY
)
DEPENDENCY_REQUESTS: Final = Counter(
    "dependency_requests",
    "Calls to servers of third parties: ok, rejected (it refuses this request), failed, throttled,"
    " timeout, abandoned, not_tried (its breaker is open).",
    ["dependency", "outcome"], registry=REGISTRY,
)  # fmt: skip
DEPENDENCY_REQUEST_SECONDS: Final = Histogram(
    "dependency_request_seconds", "Calls that were tried, from the first byte to the last.",
    ["dependency"], registry=REGISTRY, buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
DEPENDENCY_BREAKER_STATE: Final = Gauge(
    "dependency_breaker_state", "0 closed, 1 half-open (the next call is a trial), 2 open.",
    ["dependency"], registry=REGISTRY,
)  # fmt: skip
MAILS: Final = Counter(
    "mails", "Attempts to send a letter, by kind: sent, retried (later again), dead (given up).",
    ["kind", "outcome"], registry=REGISTRY,
)  # fmt: skip
MAIL_OUTBOX: Final = Gauge(
    "mail_outbox_letters", "Letters that wait (due) or were given up (dead); the same everywhere.",
    ["state"], registry=REGISTRY,
)  # fmt: skip
MAIL_OLDEST_DUE_SECONDS: Final = Gauge(
    "mail_outbox_oldest_due_seconds",
    "Age of the oldest letter that waits, 0 without any.",
    registry=REGISTRY,
)
LOG_LINES_LOST: Final = Counter(
    "log_lines_lost", "Lines that could not be written, by place: output, file.",
    ["place"], registry=REGISTRY,
)  # fmt: skip
MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def describe_build(version: str, commit: str, python: str, *, base_url: str = "") -> None:
    """Set the metrics that never change while the process lives; others than hubs have no URL."""
    if base_url:
        describe_address(base_url)
    BUILD_INFO.labels(version, commit, python).set(1)
    START_TIME.set(time.time())


def describe_address(base_url: str) -> None:
    """Tell where people open this hub, without a slash at the end."""
    HUB_INFO.clear()
    HUB_INFO.labels(base_url.rstrip("/")).set(1)


def exposition() -> bytes:
    """Return every metric in Prometheus' text format 0.0.4."""
    return generate_latest(REGISTRY)
