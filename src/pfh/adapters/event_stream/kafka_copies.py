"""Whether enough brokers answer for the hub's topics to take messages.

It exists because one broker of three answers every question as if the others were there: with them,
the majority is gone that would note that they are not.
"""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from confluent_kafka.admin._metadata import ClusterMetadata

from pfh.adapters.event_stream.topic_spec import read_topics

_CONNECT_SECONDS: Final = 0.5


def lacking_copies(told: ClusterMetadata) -> str:
    """Return what is wrong, empty when every partition of the hub's topics takes messages.

    A partition does when as many of the brokers that hold an up-to-date copy accept a connection
    as the specification wants in sync.
    """
    brokers = {number: (one.host, one.port) for number, one in told.brokers.items()}
    with ThreadPoolExecutor(max(1, len(brokers))) as threads:
        accepted = threads.map(_accepts, brokers.values())
        answering = {number for number, accepts in zip(brokers, accepted, strict=True) if accepts}
    for spec in read_topics():
        topic = told.topics.get(spec.name)
        for partition in () if topic is None else topic.partitions.values():
            copies = len(answering.intersection(partition.isrs))
            needed = spec.in_sync_on(len(partition.replicas))
            if copies < needed:
                return (
                    f"{len(answering)} of {len(brokers)} brokers answer: a partition of {spec.name}"
                    f" has {copies} copies up to date and takes messages with {needed}"
                )
    return ""


def _accepts(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False
