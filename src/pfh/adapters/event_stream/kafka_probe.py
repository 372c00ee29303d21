"""Asks a cluster whether it serves, with a connection of its own and within seconds."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._metadata import ClusterMetadata

from pfh.adapters.event_stream.kafka_copies import lacking_copies
from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_words import Troubles
from pfh.ports.event_stream import StreamUnavailable

_STEP_SECONDS: Final = 0.05
_ROUND_SECONDS: Final = 1.0
_OF_NO_USE: Final = frozenset({"wrong password", "failed"})
# The library tells of every other reason.
_HUNG_UP: Final = "the brokers hang up: they want KAFKA_TLS or KAFKA_USER otherwise"


class ClusterSilent(Exception):
    """No broker served, or too few.

    `kind` is refused, wrong password, timeout or failed; the text says more and holds no secret.
    """

    def __init__(self, kind: str, words: str) -> None:
        """Take both."""
        super().__init__(words)
        self.kind = kind


async def ask_cluster(options: KafkaOptions, *, seconds: float) -> int:
    """Return how many brokers there are.

    Raises:
        ClusterSilent: none of those that are named served within the time, or too few do for the
            hub's topics to take messages.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-probe")
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, _ask, options, seconds)
    finally:
        thread.shutdown(wait=False)


def list_topics(client: AdminClient, troubles: Troubles, *, seconds: float) -> ClusterMetadata:
    """Ask with a client that has not connected yet, until waiting longer is of no use.

    Args:
        client: has the method `note` of `troubles` as its `error_cb`.
        troubles: those of this client alone.
        seconds: for how long at most.

    Raises:
        ClusterSilent: no broker served within the time, or none will as things are.
    """
    until = time.monotonic() + seconds
    while True:
        left = max(until - time.monotonic(), _STEP_SECONDS)
        try:
            return client.list_topics(timeout=min(left, _ROUND_SECONDS))
        except KafkaException as error:
            # What the library noted on its way is handed over only when it is polled.
            client.poll(_STEP_SECONDS)
            if troubles.kind in _OF_NO_USE or time.monotonic() >= until:
                raise _silent(troubles, seconds) from error


def ask_topics(options: KafkaOptions, *, seconds: float) -> ClusterMetadata:
    """Ask by a client of its own, which is told why it is not let in and asks nothing else.

    A client of the administration is told so by nobody: its calls fail in the library's words. With
    `error_cb` at that client `pfh exporter` ended without a word soon after its start; why is not
    known.

    Raises:
        StreamUnavailable: why, in words that name the settings and the brokers.
    """
    troubles = Troubles()
    client = AdminClient(options.configuration(troubles.note))
    try:
        return list_topics(client, troubles, seconds=seconds)
    except ClusterSilent as silent:
        brokers = ",".join(options.brokers)
        raise StreamUnavailable(f"{silent} (KAFKA_BROKERS={brokers})") from silent


def _ask(options: KafkaOptions, seconds: float) -> int:
    troubles = Troubles()
    client = AdminClient(options.configuration(troubles.note))
    told = list_topics(client, troubles, seconds=seconds)
    if words := lacking_copies(told):
        raise ClusterSilent("failed", words)
    return len(told.brokers)


def _silent(troubles: Troubles, seconds: float) -> ClusterSilent:
    match troubles.kind:
        case "wrong password" | "failed":
            return ClusterSilent(troubles.kind, troubles.words)
        case "refused":
            words = troubles.words
            return ClusterSilent("refused", words.partition("/bootstrap: ")[2] or words)
        case "down":
            return ClusterSilent("failed", _HUNG_UP)
        case _:
            return ClusterSilent("timeout", f"no answer within {seconds:.1f} s")
