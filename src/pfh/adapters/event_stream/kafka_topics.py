"""Makes the topics of a cluster what the specification says, or tells where they differ.

It exists so that no topic comes into being by accident, with one partition and one copy.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._metadata import ClusterMetadata
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_probe import ask_topics
from pfh.adapters.event_stream.kafka_words import words_of
from pfh.adapters.event_stream.topic_spec import TopicSpec
from pfh.ports.event_stream import StreamUnavailable

_SECONDS: Final = 30.0
_STEP_SECONDS: Final = 0.1
_PARTITIONS_REFUSED: Final = (
    "it has {have} partitions and the specification {want}: more of them would send a household's"
    " events to another partition than its earlier ones. Stop the relays, wait until no consumer"
    " has a lag, delete the topic and apply again; the books lose nothing by it"
)
_REPLICAS_REFUSED: Final = (
    "its partitions have {have} copies and should have {want}: move them with"
    " kafka-reassign-partitions"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicState:
    """One topic as it is: None partitions when it does not exist.

    `changes` are settings that differ, as `name: present → specified`; `refusal` says what only a
    person can repair, with the way to do it.
    """

    name: str
    partitions: int | None
    replicas: int
    changes: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def differs(self) -> bool:
        """Whether it is not what the specification says."""
        return self.partitions is None or bool(self.changes) or bool(self.refusal)


class KafkaTopics:
    """Compares and applies a specification; each call waits for the brokers, in its own thread.

    Args:
        options: the cluster.
        specs: what is to be.

    Raises:
        StreamUnavailable: from every method, when the brokers do not answer or refuse.
    """

    def __init__(self, options: KafkaOptions, specs: Sequence[TopicSpec]) -> None:
        """Keep both; nothing is asked yet."""
        self._options = options
        self._client = AdminClient(options.configuration())
        self._specs = specs

    def compare(self) -> tuple[TopicState, ...]:
        """Return what each topic of the specification is, in its order."""
        told = self._ask()
        brokers = len(told.brokers)
        present = [spec.name for spec in self._specs if spec.name in told.topics]
        settings = self._settings(present)
        states = []
        for spec in self._specs:
            if spec.name not in settings:
                states.append(TopicState(name=spec.name, partitions=None, replicas=0))
                continue
            partitions = told.topics[spec.name].partitions
            copies = min((len(one.replicas) for one in partitions.values()), default=0)
            wanted = spec.configuration(brokers).items()
            have = settings[spec.name]
            changes = (f"{k}: {have.get(k)} → {v}" for k, v in wanted if have.get(k) != v)
            states.append(
                TopicState(
                    name=spec.name,
                    partitions=len(partitions),
                    replicas=copies,
                    changes=tuple(changes),
                    refusal=_refusal(spec, len(partitions), copies, brokers),
                )
            )
        return tuple(states)

    def apply(self, states: Sequence[TopicState]) -> tuple[TopicState, ...]:
        """Create what is missing, change the settings that differ, and return what is then.

        What was refused stays as it is.
        """
        brokers = len(self._ask().brokers)
        specs = {spec.name: spec for spec in self._specs}
        missing = [specs[state.name] for state in states if state.partitions is None]
        changed = [specs[state.name] for state in states if state.changes]
        if missing:
            made = [
                NewTopic(
                    spec.name,
                    spec.partitions,
                    spec.replicas_on(brokers),
                    config=spec.configuration(brokers),
                )
                for spec in missing
            ]
            _wait(self._client.create_topics(made, operation_timeout=_SECONDS))
        if changed:
            resources = [_resource(spec.name, spec.configuration(brokers)) for spec in changed]
            _wait(self._client.incremental_alter_configs(resources, request_timeout=_SECONDS))
        return self._settled()

    def _ask(self) -> ClusterMetadata:
        return ask_topics(self._options, seconds=_SECONDS)

    def _settled(self) -> tuple[TopicState, ...]:
        """Compare until the brokers show what they have confirmed, which takes them a moment."""
        until = time.monotonic() + _SECONDS
        while True:
            try:
                states = self.compare()
            except StreamUnavailable:
                # A broker that has not heard of a new topic yet says that there is none.
                if time.monotonic() > until:
                    raise
                time.sleep(_STEP_SECONDS)
                continue
            is_shown = not any(state.partitions is None or state.changes for state in states)
            if is_shown or time.monotonic() > until:
                return states
            time.sleep(_STEP_SECONDS)

    def _settings(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        told = _wait(self._client.describe_configs(resources, request_timeout=_SECONDS))
        return {
            resource.name: {name: entry.value for name, entry in settings.items()}
            for resource, settings in told.items()
        }


def _refusal(spec: TopicSpec, partitions: int, copies: int, brokers: int) -> str:
    if partitions < spec.partitions:
        return _PARTITIONS_REFUSED.format(have=partitions, want=spec.partitions)
    if copies < spec.replicas_on(brokers):
        return _REPLICAS_REFUSED.format(have=copies, want=spec.replicas_on(brokers))
    return ""


def _resource(name: str, configuration: dict[str, str]) -> ConfigResource:
    entries = [
        ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        for key, value in configuration.items()
    ]
    return ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)


def _wait(answers: dict[Any, Future[Any]]) -> dict[Any, Any]:
    try:
        return {asked: answer.result(_SECONDS * 2) for asked, answer in answers.items()}
    except (KafkaException, TimeoutError) as error:
        raise StreamUnavailable(words_of(error.args[0] if error.args else error)) from error
