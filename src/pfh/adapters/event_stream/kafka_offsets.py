"""How far consumer groups are, and putting a group that stands still to another place.

A group that works is refused: what it commits next would undo the change, and its members would
not notice it. What it had before is returned, so that it can be saved and put back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import (
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_probe import ask_topics
from pfh.adapters.event_stream.kafka_words import words_of
from pfh.ports.event_stream import StreamUnavailable

_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.2
# The broker that keeps the group's offsets has just begun to, or another one does.
_MOVING: Final = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
    }
)
_STANDING: Final = frozenset({ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD})

# The library does not type them.
_EARLIEST: Final[OffsetSpec] = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
_LATEST: Final[OffsetSpec] = OffsetSpec.latest()  # type: ignore[no-untyped-call]


class GroupActive(Exception):
    """The group has members; the text says how many and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionLag:
    """One partition for one group; `committed` is None when the group never committed there."""

    group: str
    topic: str
    partition: int
    begin: int
    end: int
    committed: int | None

    @property
    def lag(self) -> int:
        """Messages that the group has not seen; of one that never committed, all there are."""
        start = self.begin if self.committed is None else max(self.committed, self.begin)
        return max(0, self.end - start)


class KafkaOffsets:
    """Asks and changes the committed offsets; each call waits for the brokers, in its own thread.

    Args:
        options: the cluster.

    Raises:
        StreamUnavailable: from every method, when the brokers do not answer or refuse.
    """

    def __init__(self, options: KafkaOptions) -> None:
        """Keep where they are; nothing is asked yet."""
        self._options = options
        self._introduced: AdminClient | None = None

    @property
    def _client(self) -> AdminClient:
        """Return a client that the brokers let in; whoever is not let in is told why at once."""
        if self._introduced is None:
            ask_topics(self._options, seconds=_SECONDS)
            self._introduced = AdminClient(self._options.configuration())
        return self._introduced

    def state(self, group: str) -> tuple[str, int]:
        """Return the state of a group in Kafka's words, and how many members it has."""
        told = self._told(self._client.describe_consumer_groups, [group])
        found = told[group]
        return str(found.state.name), len(found.members)

    def lag(self, group: str, topic: str) -> list[PartitionLag]:
        """Return how far a group is in each partition of a topic; empty without the topic."""
        partitions = self._partitions(topic)
        begins = self._positions(topic, partitions, _EARLIEST)
        ends = self._positions(topic, partitions, _LATEST)
        committed = self._committed(group, topic)
        return [
            PartitionLag(
                group=group,
                topic=topic,
                partition=partition,
                begin=begins[partition],
                end=ends[partition],
                committed=committed.get(partition),
            )
            for partition in partitions
        ]

    def planned(self, topic: str, at_milliseconds: int | None) -> dict[int, int]:
        """Return the offset of each partition at an instant; None for the earliest there is.

        Where nothing is as young, it is the end.
        """
        partitions = self._partitions(topic)
        if at_milliseconds is None:
            return self._positions(topic, partitions, _EARLIEST)
        ends = self._positions(topic, partitions, _LATEST)
        found = self._positions(topic, partitions, OffsetSpec.for_timestamp(at_milliseconds))
        return {
            partition: ends[partition] if offset < 0 else offset
            for partition, offset in found.items()
        }

    def put(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Let a group go on from these offsets.

        Raises:
            GroupActive: it has members.
        """
        self.refuse_active(group)
        asked = ConsumerGroupTopicPartitions(
            group,
            [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()],
        )
        self._told(self._client.alter_consumer_group_offsets, [asked])

    def refuse_active(self, group: str) -> None:
        """Raise GroupActive unless the group stands still."""
        told = self._told(self._client.describe_consumer_groups, [group])
        found = told[group]
        if found.state not in _STANDING or found.members:
            raise GroupActive(
                f"{group} is {found.state.name.lower()} with {len(found.members)} members: stop"
                " every consumer of it, wait until its session has timed out, then try again"
            )

    def _partitions(self, topic: str) -> list[int]:
        try:
            told = self._client.list_topics(timeout=_SECONDS).topics.get(topic)
        except KafkaException as error:
            raise StreamUnavailable(words_of(error.args[0])) from error
        return sorted(told.partitions) if told is not None else []

    def _positions(self, topic: str, partitions: list[int], spec: OffsetSpec) -> dict[int, int]:
        if not partitions:
            return {}
        asked = {TopicPartition(topic, partition): spec for partition in partitions}
        told = self._told(self._client.list_offsets, asked)
        return {where.partition: int(found.offset) for where, found in told.items()}

    def _committed(self, group: str, topic: str) -> dict[int, int]:
        asked = [ConsumerGroupTopicPartitions(group)]
        told = self._told(self._client.list_consumer_group_offsets, asked)
        return {
            one.partition: one.offset
            for one in told[group].topic_partitions
            if one.topic == topic and one.offset >= 0
        }

    def _told(self, ask: Callable[..., Mapping[Any, Future[Any]]], asked: object) -> dict[Any, Any]:
        """Return every answer; a group whose coordinator is just moving is asked again."""
        until = time.monotonic() + _SECONDS
        while True:
            try:
                answers = ask(asked, request_timeout=_SECONDS)
                return {one: answer.result(_SECONDS * 2) for one, answer in answers.items()}
            except (KafkaException, TimeoutError) as error:
                reason = error.args[0] if error.args else error
                is_moving = isinstance(reason, KafkaError) and reason.code() in _MOVING
                if not is_moving or time.monotonic() >= until:
                    raise StreamUnavailable(words_of(reason)) from error
            time.sleep(_PAUSE_SECONDS)
