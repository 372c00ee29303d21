"""Puts what the exporter has measured into metrics, and takes it away when a part is silent.

It exists because a figure that nobody can confirm is worse than none: alerts would trust it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import nan
from typing import TYPE_CHECKING, Final

from prometheus_client import Gauge

from pfh.observability import exporter_metrics as metrics
from pfh.observability.delivery_metrics import (
    CONSUMER_PARKED,
    OUTBOX_EVENTS,
    OUTBOX_OLDEST_SECONDS,
    OUTBOX_QUARANTINED,
)

if TYPE_CHECKING:
    from pfh.adapters.event_stream.kafka_lag import ClusterLag, GroupLag

_OF_KAFKA: Final[tuple[Gauge, ...]] = (
    metrics.UNDER_REPLICATED,
    metrics.END_OFFSET,
    metrics.COMMITTED_OFFSET,
    metrics.GROUP_LAG,
    metrics.OLDEST_AGE_SECONDS,
    metrics.GROUP_MEMBERS,
    metrics.GROUP_STATE,
    metrics.DEAD_LETTERS,
)


def show_kafka(measured: ClusterLag, now: float) -> None:
    """Show what the brokers told; `now` in seconds since the epoch."""
    forget_kafka()
    metrics.BROKERS.set(measured.brokers)
    for topic, count in measured.under_replicated.items():
        metrics.UNDER_REPLICATED.labels(topic).set(count)
    for (topic, partition), end in measured.ends.items():
        metrics.END_OFFSET.labels(topic, partition).set(end)
    for topic, count in measured.dead_letters.items():
        metrics.DEAD_LETTERS.labels(topic).set(count)
    for group in measured.groups:
        _show_group(group, now)


def _show_group(group: GroupLag, now: float) -> None:
    metrics.GROUP_MEMBERS.labels(group.group).set(group.members)
    metrics.GROUP_STATE.labels(group.group, group.state).set(1)
    waiting: dict[str, int] = {}
    for one in group.partitions:
        place = (group.group, one.topic, one.partition)
        metrics.COMMITTED_OFFSET.labels(*place).set(one.committed)
        metrics.GROUP_LAG.labels(*place).set(one.messages)
        waiting[one.topic] = waiting.get(one.topic, 0) + one.messages
    for topic, messages in waiting.items():
        # Without a date of what waits its age is unknown, and nothing is told of it.
        if not messages or topic in group.oldest:
            age = max(0.0, now - group.oldest[topic]) if messages else 0.0
            metrics.OLDEST_AGE_SECONDS.labels(group.group, topic).set(age)


def forget_kafka() -> None:
    """Tell nothing of the brokers."""
    metrics.BROKERS.set(nan)
    for gauge in _OF_KAFKA:
        gauge.clear()


def show_parking(parked: Mapping[str, int], groups: Iterable[str]) -> None:
    """Show how many households each group has parked, 0 included."""
    for group in {*groups, *parked}:
        CONSUMER_PARKED.labels(group).set(parked.get(group, 0))


def forget_parking() -> None:
    """Tell nothing of what is parked."""
    CONSUMER_PARKED.clear()


def show_activity(users: Mapping[int, int]) -> None:
    """Show how many people were active within each number of days."""
    for days, count in users.items():
        metrics.ACTIVE_USERS.labels(f"{days}d").set(count)


def forget_activity() -> None:
    """Tell nothing of who was active."""
    metrics.ACTIVE_USERS.clear()


def forget_outbox() -> None:
    """Tell nothing of the outbox; "not a number" fires no rule and is drawn as a gap."""
    for gauge in (OUTBOX_EVENTS, OUTBOX_OLDEST_SECONDS, OUTBOX_QUARANTINED):
        gauge.set(nan)
