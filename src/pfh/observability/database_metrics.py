"""How full and how fast the database is, read by Prometheus at scrape time.

It exists because a metric on the path of every unit of work must cost next to nothing: the threads
count into plain lists of their own, and only a scrape adds them up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol
from weakref import WeakSet

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

# Seconds; 2 and 5 are the limits of the alerts.
SECONDS_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
GROUP_BUCKETS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


class Tally:
    """A histogram that one thread fills; another may read it and be late by one value."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        """Start empty; `bounds` are inclusive upper limits, ascending."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


def seconds_tally() -> Tally:
    """Return an empty tally of durations in seconds."""
    return Tally(SECONDS_BUCKETS)


def group_tally() -> Tally:
    """Return an empty tally of units in one commit."""
    return Tally(GROUP_BUCKETS)


class PoolState(NamedTuple):
    """One pool at one moment, in connections and in callers that wait for one."""

    pool: str
    size: int
    in_use: int
    waiting: int


class Watched(Protocol):
    """A database that can be watched."""

    def pools(self) -> Sequence[PoolState]:
        """Return the state of each pool."""
        ...

    def tallies(self) -> Sequence[tuple[str, Tally]]:
        """Return tallies by kind: `read`, `write`, `acquire` in seconds, `group` in units."""
        ...


class DatabaseMetrics(Collector):
    """The collector of every open database of this process."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._watched: WeakSet[Watched] = WeakSet()

    def watch(self, database: Watched) -> None:
        """Include a database from now on."""
        self._watched.add(database)

    def forget(self, database: Watched) -> None:
        """Leave a database out."""
        self._watched.discard(database)

    def collect(self) -> Iterable[Metric]:
        """Yield the families; without an open database they are empty but present."""
        databases = list(self._watched)
        yield from _pool_families([state for one in databases for state in one.pools()])
        kinds: dict[str, list[Tally]] = {}
        for database in databases:
            for kind, tally in database.tallies():
                kinds.setdefault(kind, []).append(tally)
        unit = HistogramMetricFamily(
            "db_unit_seconds", "Units of work, from asking to durable.", labels=["mode"]
        )
        for mode in ("read", "write"):
            if mode in kinds:
                unit.add_metric([mode], *_buckets(kinds[mode]))
        yield unit
        yield _plain("db_pool_acquire_seconds", "Waiting for a connection.", kinds.get("acquire"))
        yield _plain("db_group_units", "Units of work that share a commit.", kinds.get("group"))


def _pool_families(states: Sequence[PoolState]) -> Iterable[Metric]:
    sums: dict[str, list[int]] = {}
    for state in states:
        total = sums.setdefault(state.pool, [0, 0, 0])
        for index, number in enumerate((state.size, state.in_use, state.waiting)):
            total[index] += number
    size = GaugeMetricFamily("db_pool_size", "Open connections.", labels=["pool"])
    in_use = GaugeMetricFamily("db_pool_in_use", "Connections at work.", labels=["pool"])
    idle = GaugeMetricFamily("db_pool_idle", "Connections at rest.", labels=["pool"])
    waiting = GaugeMetricFamily("db_pool_waiting", "Units that wait.", labels=["pool"])
    for pool, (pool_size, pool_in_use, pool_waiting) in sums.items():
        size.add_metric([pool], pool_size)
        in_use.add_metric([pool], pool_in_use)
        idle.add_metric([pool], pool_size - pool_in_use)
        waiting.add_metric([pool], pool_waiting)
    return (size, in_use, idle, waiting)


def _plain(name: str, text: str, tallies: Sequence[Tally] | None) -> Metric:
    family = HistogramMetricFamily(name, text)
    if tallies:
        family.add_metric([], *_buckets(tallies))
    return family


def _buckets(tallies: Sequence[Tally]) -> tuple[list[tuple[str, float]], float]:
    """Add tallies of one kind up to Prometheus' cumulative buckets and the sum of the values."""
    bounds = [*map(str, tallies[0].bounds), "+Inf"]
    running, buckets = 0, []
    for index, bound in enumerate(bounds):
        running += sum(tally.counts[index] for tally in tallies)
        buckets.append((bound, float(running)))
    return buckets, sum(tally.total for tally in tallies)


DATABASE_METRICS: Final = DatabaseMetrics()
