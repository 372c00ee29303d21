"""What the file of topics says, and what becomes of it in clusters of different sizes."""

from __future__ import annotations

import pytest

from pfh.adapters.event_stream.topic_spec import TopicSpec, read_topics

DAY = 24 * 3600 * 1000


@pytest.mark.parametrize("spec", read_topics(), ids=lambda spec: str(spec.name))
def test_topic_is_shared_copied_and_kept_for_long_enough(spec: TopicSpec) -> None:
    assert spec.partitions >= 6
    assert (spec.replicas_on(1), spec.replicas_on(2), spec.replicas_on(3)) == (1, 2, 3)
    assert spec.replicas_on(12) == 3
    days = 30 if spec.name.endswith(".dlq") else 14
    assert int(spec.configuration(3)["retention.ms"]) >= days * DAY
    assert spec.configuration(3)["min.insync.replicas"] == "2"
    # With two brokers, two copies in sync would mean that neither may ever stop.
    assert spec.configuration(2)["min.insync.replicas"] == "1"
    assert spec.configuration(1)["min.insync.replicas"] == "1"


def test_topic_overrides_the_defaults_and_its_dead_letters_the_topic() -> None:
    events, dead = read_topics(
        """
        [defaults]
        partitions = 6
        replicas = 3
        in_sync = 2
        days = 14
        largest_kilobytes = 1_024
        [dead_letters]
        days = 60
        [topics.one]
        partitions = 9
        days = 7
        """
    )
    assert (events.name, events.partitions, events.days) == ("one", 9, 7)
    assert (dead.name, dead.partitions, dead.days) == ("one.dlq", 9, 60)
    assert events.configuration(1)["max.message.bytes"] == "1048576"


def test_unknown_word_in_the_file_is_refused() -> None:
    with pytest.raises(TypeError, match="lifetime"):
        read_topics(
            '[defaults]\nlifetime = 1\n[dead_letters]\n[topics."one"]\npartitions = 9\n'
            "replicas = 1\nin_sync = 1\ndays = 1\nlargest_kilobytes = 1\n"
        )
