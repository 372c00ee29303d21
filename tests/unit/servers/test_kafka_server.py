"""The brokers of tests: they serve, they keep what a kill interrupts, and they come back."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from pfh.entry.cli.stack import java, kafka_archive
from pfh.entry.cli.stack.kafka import BROKER, KafkaBroker, client_of
from tests.servers.found import Server
from tests.servers.kafka import KafkaCluster, delete_topics
from tests.servers.run_directory import RunDirectory
from tests.waiting import PATIENCE_SECONDS, wait_until


def _create(bootstrap: str, topic: str, copies: int) -> None:
    client = AdminClient({"bootstrap.servers": bootstrap})
    for created in client.create_topics([NewTopic(topic, 1, copies)]).values():
        created.result(timeout=PATIENCE_SECONDS)


def _produce(bootstrap: str, topic: str, value: str, *, known_within: float = 60.0) -> None:
    """Store a message; the topic may be on its way to the brokers for so many seconds."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "linger.ms": 0,
            "log_level": 0,
            "topic.metadata.propagation.max.ms": round(known_within * 1000),
        }
    )
    codes: list[int | None] = []

    def delivered(error: KafkaError | None, _: object) -> None:
        codes.append(error.code() if error is not None else None)

    producer.produce(topic, value, on_delivery=delivered)
    assert producer.flush(PATIENCE_SECONDS) == 0
    if codes != [None]:
        raise LookupError(f"not stored, code {codes}")


def _consume(bootstrap: str, topic: str, count: int) -> list[str]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "log_level": 0,
        }
    )
    consumer.subscribe([topic])
    values: list[str] = []
    until = time.monotonic() + PATIENCE_SECONDS
    while len(values) < count and time.monotonic() < until:
        message = consumer.poll(1.0)
        value = message.value() if message is not None and message.error() is None else None
        if value is not None:
            values.append(value.decode())
    consumer.close()
    return values


def _leader(bootstrap: str, topic: str) -> int | None:
    """Return the number of the broker that leads a topic's one partition, if there is one."""
    known = client_of(bootstrap).list_topics(topic, timeout=PATIENCE_SECONDS).topics[topic]
    leaders = [int(part.leader) for part in known.partitions.values()]
    return leaders[0] if leaders and leaders[0] >= 0 else None


def start_while_its_port_is_taken(broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a broker whose port another process has until the broker has ended for it."""
    tries: list[int] = []
    remember = broker.own
    with socket.create_server(("127.0.0.1", broker.port)) as stranger:

        def own(pid: int) -> None:
            remember(pid)
            tries.append(pid)
            if len(tries) > 1:
                stranger.close()

        monkeypatch.setattr(broker, "own", own)
        broker.start()
    assert len(tries) > 1


def test_topic_gives_back_what_was_put_in_and_is_gone_when_deleted(
    kafka_server: Server, kafka_prefix: str
) -> None:
    topic = f"{kafka_prefix}first"
    _create(kafka_server.address, topic, 1)
    _produce(kafka_server.address, topic, "one")
    assert _consume(kafka_server.address, topic, 1) == ["one"]
    delete_topics(kafka_server.address, kafka_prefix)
    client = AdminClient({"bootstrap.servers": kafka_server.address})
    wait_until(lambda: topic not in client.list_topics(timeout=PATIENCE_SECONDS).topics)


def test_topic_is_refused_when_nobody_created_it(kafka_server: Server, kafka_prefix: str) -> None:
    unknown = f"{KafkaError._UNKNOWN_TOPIC}|{KafkaError.UNKNOWN_TOPIC_OR_PART}"
    with pytest.raises(LookupError, match=unknown):
        _produce(kafka_server.address, f"{kafka_prefix}unknown", "lost", known_within=0.001)


@pytest.mark.slow
def test_cluster_goes_on_when_the_leader_is_killed_and_it_comes_back_with_its_data(
    kafka_cluster: KafkaCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap = kafka_cluster.bootstrap
    _create(bootstrap, "kept", 3)
    _produce(bootstrap, "kept", "before")
    # A broker learns by and by what another one decided, and any of them may be asked.
    wait_until(lambda: _leader(bootstrap, "kept"), what="a leader")
    killed = kafka_cluster.broker(_leader(bootstrap, "kept") or 0)
    killed.kill()
    assert not killed.runs
    _produce(bootstrap, "kept", "without it")
    wait_until(lambda: _leader(bootstrap, "kept") not in {None, killed.number}, what="another one")
    start_while_its_port_is_taken(killed, monkeypatch)
    others = [broker for broker in kafka_cluster.brokers if broker is not killed]
    others[0].stop()
    # Two must be in sync: the one that was killed has caught up when this is confirmed.
    _produce(bootstrap, "kept", "after")
    assert _consume(bootstrap, "kept", 3) == ["before", "without it", "after"]


def test_cluster_is_whole_again_when_the_next_test_asks_for_it(kafka_cluster: KafkaCluster) -> None:
    assert all(broker.runs for broker in kafka_cluster.brokers)
    known = AdminClient({"bootstrap.servers": kafka_cluster.bootstrap}).list_topics(timeout=30)
    assert len(known.brokers) == 3


@pytest.mark.slow
@pytest.mark.kafka
def test_archive_of_classes_is_used_and_a_broken_one_costs_time_alone(
    run_directory: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jars = tmp_path / "jars"
    jars.mkdir()
    for jar in java.jars(BROKER / "pom.xml").glob("*.jar"):
        (jars / jar.name).symlink_to(jar)
    monkeypatch.setattr(java, "jars", lambda _: jars)
    assert java.archived(jars) == []
    kept = kafka_archive.archive_broker()
    assert kept.stat().st_size > 1 << 20

    cluster = KafkaCluster(jars, run_directory.path / "kafka-quick", 1, run_directory.own_process)
    # With this option a JVM ends when it cannot use the archive that it was given.
    cluster.brokers[0].options = ("-Xshare:on",)
    try:
        cluster.start()
    finally:
        cluster.kill()
    kept.unlink()
    kept.write_bytes(b"no archive")
    tool = ["java", *java.archived(jars), "-cp", f"{jars}/*", "kafka.tools.StorageTool"]
    told = subprocess.run([*tool, "random-uuid"], capture_output=True, text=True, check=False)
    assert (told.returncode, len(told.stdout.strip())) == (0, 22), told.stderr
