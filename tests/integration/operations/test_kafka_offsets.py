"""`pfh ops lag` and `offsets` on a real Kafka: a group that works is never moved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from typer.testing import CliRunner

from pfh.adapters.event_stream.kafka_offsets import GroupActive, KafkaOffsets
from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.entry.cli.main import build_app
from tests.environment import environment_of
from tests.servers.found import Server
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.kafka


def test_lag_is_counted_and_a_group_that_stands_still_is_moved(
    kafka_server: Server, kafka_prefix: str
) -> None:
    topic, group = f"{kafka_prefix}offsets", f"{kafka_prefix}group"
    options = KafkaOptions(brokers=(kafka_server.address,))
    admin = AdminClient(options.configuration())
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(PATIENCE_SECONDS)
    producer = Producer(options.configuration())
    for number in range(10):
        producer.produce(topic, b"%d" % number, timestamp=1_700_000_000_000 + number)
    assert producer.flush(PATIENCE_SECONDS) == 0
    offsets = KafkaOffsets(options)
    [before] = offsets.lag(group, topic)
    assert (before.committed, before.end, before.lag) == (None, 10, 10)
    consumer = Consumer(
        {**options.configuration(), "group.id": group, "auto.offset.reset": "earliest"}
    )
    try:
        consumer.subscribe([topic])
        assert len(consumer.consume(10, PATIENCE_SECONDS)) == 10
        consumer.commit(asynchronous=False)
        [after] = offsets.lag(group, topic)
        assert (after.committed, after.lag) == (10, 0)
        with pytest.raises(GroupActive, match="with 1 members"):
            offsets.put(group, topic, {0: 0})
        [still] = offsets.lag(group, topic)
        assert still.committed == 10
    finally:
        consumer.close()
    wait_until(lambda: offsets.state(group)[1] == 0)
    assert offsets.planned(topic, None) == {0: 0}
    assert offsets.planned(topic, 1_700_000_000_004) == {0: 4}
    assert offsets.planned(topic, 1_900_000_000_000) == {0: 10}
    offsets.put(group, topic, {0: 4})
    [moved] = offsets.lag(group, topic)
    assert (moved.committed, moved.lag) == (4, 6)


@pytest.mark.postgres
def test_commands_show_first_save_and_put_back(
    kafka_server: Server,
    kafka_prefix: str,
    migrated_postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic, group, save = f"{kafka_prefix}moved", f"{kafka_prefix}still", tmp_path / "before.json"
    options = KafkaOptions(brokers=(kafka_server.address,))
    admin = AdminClient(options.configuration())
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(PATIENCE_SECONDS)
    offsets = KafkaOffsets(options)
    offsets.put(group, topic, {0: 0})
    environment = environment_of(migrated_postgres_url)
    for name, value in {**environment, "KAFKA_BROKERS": kafka_server.address}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PFH_DATA_DIR", str(tmp_path))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(build_app(), ["ops", *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    assert json.loads(run("lag", "--json"))["outbox"] == {"events": 0, "oldest_seconds": 0}
    producer = Producer(options.configuration())
    producer.produce(topic, b"x", timestamp=1_700_000_000_000)
    assert producer.flush(PATIENCE_SECONDS) == 0
    reset = ("offsets", "reset", "--group", group, "--topic", topic, "--save", str(save))
    assert "Nothing was changed" in run(*reset, "--to", "2030-01-01T00:00:00Z")
    assert offsets.lag(group, topic)[0].committed == 0
    run(*reset, "--to", "2030-01-01T00:00:00Z", "--execute")
    assert offsets.lag(group, topic)[0].committed == 1
    run("offsets", "restore", str(save), "--execute")
    assert offsets.lag(group, topic)[0].committed == 0
