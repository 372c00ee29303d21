"""Asks the brokers how far consumer groups are, from outside: a dead consumer cannot tell its lag.

It joins no group and commits nothing, so that asking changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Final, NamedTuple, TypeAlias

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaException, TopicPartition
from confluent_kafka._model import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_probe import ask_topics
from pfh.adapters.event_stream.kafka_words import words_of
from pfh.adapters.event_stream.topic_spec import DEAD_LETTERS_SUFFIX
from pfh.ports.event_stream import StreamUnavailable

ASK_SECONDS: Final = 3.0
READ_SECONDS: Final = 2.0
# Its constructors have no types.
_SPEC: Final[Any] = OffsetSpec
_PEEK_BYTES: Final = 1024
# A group of which no member was ever there is described so by the brokers.
NO_STATE: Final = "dead"
# A topic and the number of one of its partitions.
Place: TypeAlias = tuple[str, int]


class PartitionLag(NamedTuple):
    """One partition for one group: where it goes on, and where the next message will be written."""

    topic: str
    partition: int
    committed: int
    end: int

    @property
    def messages(self) -> int:
        """How many wait; none after a partition was made anew and is shorter than it was."""
        return max(0, self.end - self.committed)


class GroupLag(NamedTuple):
    """One group.

    `state` is the brokers' word in lower case (`stable`, `empty`, `dead`, …); `oldest` has, for
    each topic in which something waits, the instant in seconds at which the oldest of it was
    written, and lacks a topic whose messages could not be read in time.
    """

    group: str
    state: str
    members: int
    partitions: tuple[PartitionLag, ...]
    oldest: dict[str, float]


class ClusterLag(NamedTuple):
    """What the brokers tell: copies that lag and dead letters are counted by topic."""

    brokers: int
    under_replicated: dict[str, int]
    ends: dict[Place, int]
    dead_letters: dict[str, int]
    groups: tuple[GroupLag, ...]


class KafkaLag:
    """A client that only asks; its calls wait for the brokers, and belong into a thread.

    Args:
        options: the cluster.
        groups: each group and the topics that it reads.
    """

    def __init__(self, options: KafkaOptions, groups: Mapping[str, Sequence[str]]) -> None:
        """Keep both; nothing is asked yet."""
        self._options = options
        self._groups = groups
        self._client: AdminClient | None = None
        self._is_let_in = False

    def measure(self) -> ClusterLag:
        """Return everything.

        Every question is given up after 3 s, reading after 2 s.

        Raises:
            StreamUnavailable: the brokers do not answer, or refuse.
        """
        if not self._is_let_in:
            ask_topics(self._options, seconds=ASK_SECONDS)
        if self._client is None:
            self._client = AdminClient(self._options.configuration())
        # After a failure it asks first again, for the password may be another one by now.
        self._is_let_in = False
        try:
            told = self._measure(self._client)
        except KafkaException as error:
            raise StreamUnavailable(words_of(error.args[0])) from error
        except TimeoutError as error:
            message = "no broker answered in time"
            raise StreamUnavailable(message) from error
        self._is_let_in = True
        return told

    def _measure(self, client: AdminClient) -> ClusterLag:
        told = client.list_topics(timeout=ASK_SECONDS)
        read = {topic for topics in self._groups.values() for topic in topics}
        watched = {
            name: topic
            for name, topic in told.topics.items()
            if name in read or name.endswith(DEAD_LETTERS_SUFFIX)
        }
        places = [(name, number) for name, one in watched.items() for number in one.partitions]
        ends = _offsets(client, places, _SPEC.latest())
        starts = _offsets(client, places, _SPEC.earliest())
        dead: dict[str, int] = {}
        for place, end in ends.items():
            if place[0] not in read:
                dead[place[0]] = dead.get(place[0], 0) + end - starts[place]
        return ClusterLag(
            len(told.brokers),
            {
                name: sum(len(one.isrs) < len(one.replicas) for one in topic.partitions.values())
                for name, topic in watched.items()
            },
            {place: end for place, end in ends.items() if place[0] in read},
            dead,
            self._group_lags(client, ends, starts),
        )

    def _group_lags(
        self, client: AdminClient, ends: Mapping[Place, int], starts: Mapping[Place, int]
    ) -> tuple[GroupLag, ...]:
        names = list(self._groups)
        described = client.describe_consumer_groups(names, request_timeout=ASK_SECONDS)
        lags = []
        for name, topics in self._groups.items():
            committed = _committed(client, name)
            partitions = tuple(
                PartitionLag(*place, max(committed.get(place, 0), starts[place]), end)
                for place, end in sorted(ends.items())
                if place[0] in topics
            )
            state, members = _state(described[name])
            behind = [one for one in partitions if one.messages]
            lags.append(GroupLag(name, state, members, partitions, self._oldest(behind)))
        return tuple(lags)

    def _oldest(self, behind: Sequence[PartitionLag]) -> dict[str, float]:
        """Return when the first message that waits was written, by topic."""
        if not behind:
            return {}
        consumer = Consumer(
            {
                **self._options.configuration(),
                # The library wants a name; with partitions that were assigned, nobody joins.
                "group.id": "pfh-exporter",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "queued.min.messages": 1,
                "fetch.message.max.bytes": _PEEK_BYTES,
                "fetch.wait.max.ms": 10,
            }
        )
        found: dict[Place, float] = {}
        try:
            consumer.assign(
                [TopicPartition(one.topic, one.partition, one.committed) for one in behind]
            )
            limit = time.monotonic() + READ_SECONDS
            while len(found) < len(behind) and (left := limit - time.monotonic()) > 0:
                message = consumer.poll(left)
                if message is None or message.error() is not None:
                    continue
                place = (str(message.topic()), int(message.partition() or 0))
                found.setdefault(place, message.timestamp()[1] / 1000)
                consumer.pause([TopicPartition(*place)])
        finally:
            consumer.close()
        oldest: dict[str, float] = {}
        for (topic, _), written in found.items():
            oldest[topic] = min(written, oldest.get(topic, written))
        return oldest


def _offsets(client: AdminClient, places: Iterable[Place], spec: OffsetSpec) -> dict[Place, int]:
    asked = {TopicPartition(*place): spec for place in places}
    if not asked:
        return {}
    answers = client.list_offsets(asked, request_timeout=ASK_SECONDS)
    return {
        (one.topic, one.partition): int(_result(answer).offset) for one, answer in answers.items()
    }


def _committed(client: AdminClient, group: str) -> dict[Place, int]:
    asked = client.list_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(group)], request_timeout=ASK_SECONDS
    )
    partitions = _result(asked[group]).topic_partitions
    return {
        (one.topic, one.partition): one.offset
        for one in partitions
        if one.offset != OFFSET_INVALID and one.error is None
    }


def _state(described: Future[Any]) -> tuple[str, int]:
    """Return a group's state and how many belong to it; one that never was is told as an error."""
    try:
        group = _result(described)
    except KafkaException:
        return NO_STATE, 0
    return str(group.state.name).lower(), len(group.members)


def _result(answer: Future[Any]) -> Any:  # noqa: ANN401 -- each question has an answer of its own
    return answer.result(ASK_SECONDS * 2)
