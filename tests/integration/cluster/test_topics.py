"""`pfh topics`: what is missing is made, what differs is told, what would harm is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner, Result

from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_topics import KafkaTopics
from pfh.adapters.event_stream.topic_spec import TopicSpec, read_topics
from pfh.entry.cli.main import build_app
from pfh.entry.cli.stack.local_process import free_port
from pfh.ports.event_stream import StreamUnavailable
from pfh.runtime.event_routing import TRANSACTIONS
from tests.servers.found import Server


@pytest.fixture
def options(kafka_server: Server) -> KafkaOptions:
    return KafkaOptions(brokers=tuple(kafka_server.address.split(",")))


@pytest.fixture
def spec(kafka_prefix: str) -> TopicSpec:
    return TopicSpec(
        name=f"{kafka_prefix}events",
        partitions=6,
        replicas=3,
        in_sync=2,
        days=14,
        largest_kilobytes=16_384,
    )


def test_creates_what_is_missing_once(options: KafkaOptions, spec: TopicSpec) -> None:
    topics = KafkaTopics(options, [spec])
    (missing,) = topics.compare()
    assert missing.differs
    (made,) = topics.apply([missing])
    # One broker holds one copy, of which one is in sync.
    assert (made.partitions, made.replicas, made.differs) == (6, 1, False)
    assert topics.apply([made]) == (made,)


def test_changes_settings_that_differ(options: KafkaOptions, spec: TopicSpec) -> None:
    before = KafkaTopics(options, [spec])
    before.apply(before.compare())
    after = KafkaTopics(options, [replace(spec, days=30)])
    (told,) = after.compare()
    assert told.changes == ("retention.ms: 1209600000 → 2592000000",)
    (changed,) = after.apply([told])
    assert not changed.differs


def test_refuses_to_add_partitions_and_says_what_to_do(
    options: KafkaOptions, spec: TopicSpec
) -> None:
    before = KafkaTopics(options, [spec])
    before.apply(before.compare())
    after = KafkaTopics(options, [replace(spec, partitions=12)])
    (told,) = after.compare()
    (left,) = after.apply([told])
    assert (left.partitions, left.differs) == (6, True)
    assert "Stop the relays" in left.refusal
    # More than the specification is how it was made, and stays.
    assert not KafkaTopics(options, [replace(spec, partitions=3)]).compare()[0].differs


def test_brokers_that_do_not_answer_are_told(
    spec: TopicSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pfh.adapters.event_stream.kafka_topics._SECONDS", 1.0)
    topics = KafkaTopics(KafkaOptions(brokers=(f"127.0.0.1:{free_port()}",)), [spec])
    with pytest.raises(StreamUnavailable):
        topics.compare()


class TestCommand:
    @pytest.fixture(autouse=True)
    def own_topics(
        self, kafka_server: Server, kafka_prefix: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        specs = tuple(replace(spec, name=f"{kafka_prefix}{spec.name}") for spec in read_topics())
        monkeypatch.setattr("pfh.adapters.event_stream.topic_spec.read_topics", lambda: specs)
        for name in ("HOST", "DB", "USER"):
            monkeypatch.setenv(f"POSTGRES_{name}", "unused")
        monkeypatch.setenv("POSTGRES_PASSWORD", "of nobody")
        monkeypatch.setenv("KAFKA_BROKERS", kafka_server.address)
        monkeypatch.setenv("COLUMNS", "200")

    def test_applies_lists_and_checks(self, kafka_prefix: str) -> None:
        lacking = run("apply", "--check")
        assert (lacking.exit_code, lacking.output.count("missing")) == (1, 10)
        applied = run("apply")
        assert (applied.exit_code, applied.output.count("created")) == (0, 10)
        (line,) = [
            line.split()
            for line in run("list").output.splitlines()
            if line.startswith(f"{kafka_prefix}{TRANSACTIONS} ")
        ]
        assert line[1:] == ["12", "1", "as", "specified"]
        assert run("apply", "--check").exit_code == 0

    def test_without_a_cluster_says_which_setting_is_missing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("KAFKA_BROKERS")
        told = run("list")
        assert (told.exit_code, "KAFKA_BROKERS" in told.stderr) == (2, True)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), ["topics", *arguments])
