"""The metrics of `pfh exporter`: what is told of brokers and books by a process that uses neither.

It exists apart from the others because no other process tells them: who consumes cannot report that
it has died.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Gauge

from pfh.observability.metrics import REGISTRY

PART_UP: Final = Gauge(
    "exporter_part_up", "Whether a part answered the last time; what is told of it is there then.",
    ["part"], registry=REGISTRY,
)  # fmt: skip
PART_SECONDS: Final = Gauge(
    "exporter_part_seconds", "How long the last answer of a part took, or was waited for.",
    ["part"], registry=REGISTRY,
)  # fmt: skip
ACTIVE_USERS: Final = Gauge(
    "active_users", "People who used a session within the window, such as 1d.", ["window"],
    registry=REGISTRY,
)  # fmt: skip
BROKERS: Final = Gauge("kafka_brokers", "Brokers of the cluster that are there.", registry=REGISTRY)
UNDER_REPLICATED: Final = Gauge(
    "kafka_topic_under_replicated_partitions",
    "Partitions of which a copy is behind or away.",
    ["topic"], registry=REGISTRY,
)  # fmt: skip
END_OFFSET: Final = Gauge(
    "kafka_partition_end_offset", "Where the next message of a partition will be written.",
    ["topic", "partition"], registry=REGISTRY,
)  # fmt: skip
COMMITTED_OFFSET: Final = Gauge(
    "kafka_consumer_group_committed_offset",
    "Where a group goes on; the start of the partition before its first commit.",
    ["group", "topic", "partition"], registry=REGISTRY,
)  # fmt: skip
GROUP_LAG: Final = Gauge(
    "kafka_consumer_group_lag",
    "Messages that a group has not committed yet; it commits half a second after the effect.",
    ["group", "topic", "partition"], registry=REGISTRY,
)  # fmt: skip
OLDEST_AGE_SECONDS: Final = Gauge(
    "kafka_consumer_oldest_age_seconds",
    "Age of the oldest message that a group has not committed; 0 without any.",
    ["group", "topic"], registry=REGISTRY,
)  # fmt: skip
GROUP_MEMBERS: Final = Gauge(
    "kafka_consumer_group_members", "Consumers that belong to a group.", ["group"],
    registry=REGISTRY,
)  # fmt: skip
GROUP_STATE: Final = Gauge(
    "kafka_consumer_group_state", "1 for the state in which a group is.", ["group", "state"],
    registry=REGISTRY,
)  # fmt: skip
DEAD_LETTERS: Final = Gauge(
    "kafka_dead_letters", "Messages in a topic of dead letters; they stay until they expire.",
    ["topic"], registry=REGISTRY,
)  # fmt: skip
