"""What Prometheus reads about the database."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, generate_latest

from pfh.observability.database_metrics import (
    DatabaseMetrics,
    PoolState,
    Tally,
    group_tally,
    seconds_tally,
)


class Pool:
    def __init__(self, *seconds: float) -> None:
        self.seconds, self.groups = seconds_tally(), group_tally()
        for value in seconds:
            self.seconds.observe(value)
        self.groups.observe(3)

    def pools(self) -> Sequence[PoolState]:
        return (PoolState("primary", 10, 4, 2),)

    def tallies(self) -> Sequence[tuple[str, Tally]]:
        return (("write", self.seconds), ("group", self.groups))


def scraped(metrics: DatabaseMetrics) -> list[str]:
    registry = CollectorRegistry()
    registry.register(metrics)
    return generate_latest(registry).decode().splitlines()


def test_shows_the_pool_when_a_database_is_watched() -> None:
    metrics, pool = DatabaseMetrics(), Pool()
    metrics.watch(pool)
    lines = scraped(metrics)
    assert 'db_pool_size{pool="primary"} 10.0' in lines
    assert 'db_pool_in_use{pool="primary"} 4.0' in lines
    assert 'db_pool_idle{pool="primary"} 6.0' in lines
    assert 'db_pool_waiting{pool="primary"} 2.0' in lines


def test_adds_tallies_up_when_several_threads_counted() -> None:
    metrics, one, other = DatabaseMetrics(), Pool(0.001, 0.3), Pool(0.002, 99.0)
    metrics.watch(one)
    metrics.watch(other)
    lines = scraped(metrics)
    # A bound is inclusive: 0.001 s counts as at most a millisecond.
    assert 'db_unit_seconds_bucket{le="0.001",mode="write"} 1.0' in lines
    assert 'db_unit_seconds_bucket{le="0.0025",mode="write"} 2.0' in lines
    assert 'db_unit_seconds_bucket{le="5.0",mode="write"} 3.0' in lines
    assert 'db_unit_seconds_bucket{le="+Inf",mode="write"} 4.0' in lines
    assert 'db_unit_seconds_sum{mode="write"} 99.303' in lines
    assert 'db_group_units_bucket{le="4.0"} 2.0' in lines


def test_forgets_a_database_when_it_is_closed() -> None:
    metrics, pool = DatabaseMetrics(), Pool()
    metrics.watch(pool)
    metrics.forget(pool)
    assert not [line for line in scraped(metrics) if line.startswith("db_pool_size{")]
