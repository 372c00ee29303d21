"""The metrics of the outbox, the relay and the consumers of the stream.

It exists apart from the others because a process that serves pages alone has none of these.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from pfh.observability.metrics import REGISTRY

OUTBOX_EVENTS: Final = Gauge(
    "outbox_events", "Events that wait for the relay, counted up to 100,001.", registry=REGISTRY
)
OUTBOX_OLDEST_SECONDS: Final = Gauge(
    "outbox_oldest_seconds", "Age of the oldest event that waits for the relay; 0 without any.",
    registry=REGISTRY,
)  # fmt: skip
OUTBOX_QUARANTINED: Final = Gauge(
    "outbox_quarantined_households", "Households with an event that the stream refuses.",
    registry=REGISTRY,
)  # fmt: skip
RELAY_LEADER: Final = Gauge(
    "relay_leader", "1 in the process that publishes, 0 in a standby.", registry=REGISTRY
)
RELAY_PUBLISHED: Final = Counter(
    "relay_published_events", "Events that the brokers confirmed.", registry=REGISTRY
)
RELAY_FAILURES: Final = Counter(
    "relay_failures", "Batches that were not confirmed and will be tried again.", registry=REGISTRY
)
CONSUMER_EVENTS: Final = Counter(
    "consumer_events",
    "Events by what a group did: applied, skipped (seen before), healed (read from the books),"
    " parked, unreadable.",
    ["group", "outcome"], registry=REGISTRY,
)  # fmt: skip
CONSUMER_FAILURES: Final = Counter(
    "consumer_failures", "Rounds that a server which is away held up; they are tried again.",
    ["group"], registry=REGISTRY,
)  # fmt: skip
CONSUMER_PARKED: Final = Gauge(
    "consumer_parked_households", "Households with an event that the group cannot apply.",
    ["group"], registry=REGISTRY,
)  # fmt: skip
CONSUMER_LAG_SECONDS: Final = Histogram(
    "consumer_lag_seconds", "From the instant of an event to its effect.",
    ["group"], registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
)  # fmt: skip
