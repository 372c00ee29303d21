"""The event stream contract on Apache Kafka, and what only a real broker does."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from pfh.adapters.event_stream import kafka_subscription
from pfh.adapters.event_stream.kafka_messages import message_of
from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_publisher import MESSAGE_BYTES_MAX, KafkaPublisher
from pfh.adapters.event_stream.kafka_subscription import KafkaSubscription
from pfh.ports.event_stream import DeadLetter, EventRefused, StreamUnavailable
from tests.contract.event_stream_contract import (
    ANN,
    BEN,
    HOUSEHOLDS,
    LIMIT_SECONDS,
    EventStreamContract,
    EventStreamOutageContract,
    closing,
    event,
    names,
    numbers_of,
    outgoing,
    poll_until,
    poll_until_unavailable,
    series,
)
from tests.heads import at
from tests.servers.found import Server
from tests.servers.kafka import KafkaCluster, miss_the_dead_soon, own_cluster
from tests.servers.run_directory import RunDirectory
from tests.waiting import comes

PARTITIONS = 6


@dataclass
class Subject:
    brokers: str
    topic: str

    @property
    def options(self) -> KafkaOptions:
        return KafkaOptions(brokers=tuple(self.brokers.split(",")))

    def publisher(self) -> KafkaPublisher:
        return KafkaPublisher(self.options)

    def subscription(self, group: str) -> KafkaSubscription:
        return KafkaSubscription(self.options, f"{self.topic}.{group}", [self.topic])

    async def poll_and_die(self, group: str, count: int) -> Sequence[tuple[int, int]]:
        name = f"{self.topic}.{group}"
        await asyncio.to_thread(miss_the_dead_soon, self.brokers, name)
        member = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.contract.kafka_member",
            self.brokers, name, self.topic, str(count),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert member.stdout is not None
        polled = []
        async with asyncio.timeout(LIMIT_SECONDS):
            async for line in member.stdout:
                if line == b"done\n":
                    break
                household, seq = line.split()
                polled.append((int(household), int(seq)))
        member.kill()
        await member.wait()
        return polled


@dataclass
class Outage(Subject):
    cluster: KafkaCluster
    # Publish gives up after 10 s, commit and poll after their own few.
    give_up_seconds: float = 60.0

    async def stop(self) -> None:
        await asyncio.to_thread(self.cluster.kill)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the broker's process."""
        process = self.cluster.brokers[0]._process
        assert process is not None
        process.send_signal(number)

    async def start(self) -> None:
        await asyncio.to_thread(self.cluster.start)


def create(brokers: str, topic: str, *, copies: int = 1, largest: int = 1 << 20) -> None:
    """Create a topic, and wait until the broker has it."""
    client = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
    made = NewTopic(topic, PARTITIONS, copies, config={"max.message.bytes": str(largest)})
    client.create_topics([made], operation_timeout=30)[topic].result(60)


@pytest.fixture
def subject(kafka_server: Server, kafka_prefix: str) -> Subject:
    """Return an empty topic of this test's own."""
    made = Subject(kafka_server.address, f"{kafka_prefix}events")
    create(made.brokers, made.topic)
    return made


@pytest.fixture(scope="module")
def cluster(run_directory: RunDirectory, kafka_server: Server) -> Iterator[KafkaCluster]:
    """Return a broker of this module's own, which its tests may stop and start again."""
    made = own_cluster(run_directory, brokers=1)
    made.start()
    yield made
    made.kill()


class TestKafkaEventStream(EventStreamContract):
    @pytest.fixture
    def stream(self, subject: Subject) -> Subject:
        return subject


class DiesOfCommit(Consumer):
    """A consumer that meets, while it waits for a commit's answer, what is fatal to it."""

    dead = False

    def commit(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 -- as the library has it
        """Take a commit, and die."""
        self.dead = True
        return super().commit(*arguments, **named)

    def poll(self, timeout: float = -1) -> Message | None:
        """Raise as the library does when a fatal error comes."""
        if self.dead:
            raise KafkaException(KafkaError(KafkaError.FENCED_INSTANCE_ID, fatal=True))
        return super().poll(timeout)


class HearsOfItsEnd(Producer):
    """A producer that has heard, once it was purged, what a fast machine tells it too late."""

    purged = False

    def purge(self, *arguments: bool) -> None:
        """Drop what was not sent, and what is under way."""
        super().purge(*arguments)
        self.purged = True

    def poll(self, timeout: float = -1) -> int:
        """Serve once, or until the purge has turned out to be fatal."""
        until = time.monotonic() + LIMIT_SECONDS
        while self.purged:
            super().poll(0.1)
            assert time.monotonic() < until, "the purge was not fatal"
        return super().poll(timeout)


@pytest.mark.slow
class TestKafkaEventStreamOutage(EventStreamOutageContract):
    @pytest.fixture
    def outage(self, cluster: KafkaCluster, monkeypatch: pytest.MonkeyPatch) -> Outage:
        monkeypatch.setattr("pfh.adapters.event_stream.kafka_publisher.PUBLISH_SECONDS", 1.5)
        made = Outage(cluster.bootstrap, f"test_{secrets.token_hex(4)}", cluster)
        create(made.brokers, made.topic)
        return made

    async def test_request_under_way_when_a_call_is_given_up_counts_as_not_stored(
        self, outage: Outage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        publisher, member = outage.publisher(), outage.subscription("given-up")
        async with closing(publisher, member):
            with monkeypatch.context() as patch:
                patch.setattr("pfh.adapters.event_stream.kafka_publisher.Producer", HearsOfItsEnd)
                await self._publish_until_stored(publisher, series(outage.topic, [ANN], [1]))
                outage.signal(signal.SIGSTOP)
                try:
                    with pytest.raises(StreamUnavailable):
                        await publisher.publish(series(outage.topic, [ANN], [2]))
                finally:
                    outage.signal(signal.SIGCONT)
            await self._publish_until_stored(publisher, series(outage.topic, [ANN], [2, 3]))
            told: list[tuple[int, int]] = []
            async with asyncio.timeout(LIMIT_SECONDS):
                while (ANN, 3) not in told:
                    told += names(await poll_until(member, 1))
        assert list(dict.fromkeys(told)) == [(ANN, 1), (ANN, 2), (ANN, 3)]

    async def test_order_holds_when_requests_of_failed_calls_arrive_late(
        self, outage: Outage
    ) -> None:
        publisher, member = outage.publisher(), outage.subscription("late")
        numbers = range(2, 42)
        async with closing(publisher, member):
            await self._publish_until_stored(publisher, series(outage.topic, HOUSEHOLDS, [1]))
            # The broker has the bytes of a request, and neither reads nor refuses them yet.
            outage.signal(signal.SIGSTOP)
            try:
                for _ in range(3):
                    with pytest.raises(StreamUnavailable):
                        await publisher.publish(series(outage.topic, HOUSEHOLDS, numbers))
            finally:
                outage.signal(signal.SIGCONT)
            for chosen in ([*numbers], [42]):
                await self._publish_until_stored(
                    publisher, series(outage.topic, HOUSEHOLDS, chosen)
                )
            told: list[tuple[int, int]] = []
            async with asyncio.timeout(LIMIT_SECONDS):
                while not all((household, 42) in told for household in HOUSEHOLDS):
                    told += names(await poll_until(member, 1, limit=1_000))
        for household in HOUSEHOLDS:
            assert list(dict.fromkeys(numbers_of(household, told))) == [*range(1, 43)]

    async def test_member_is_gone_in_time_when_no_broker_lets_it_go(
        self, outage: Outage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kafka_subscription, "LEAVE_SECONDS", 0.2)
        monkeypatch.setattr(kafka_subscription, "REQUEST_SECONDS", 0.2)
        publisher, member = outage.publisher(), outage.subscription("silence")
        async with closing(publisher):
            await self._publish_until_stored(publisher, series(outage.topic, [ANN], [1]))
            polled = await poll_until(member, 1)
            outage.signal(signal.SIGSTOP)
            try:
                with pytest.raises(StreamUnavailable):
                    await member.commit(polled)
                async with asyncio.timeout(LIMIT_SECONDS):
                    await member.close()
                # Nor does the end of the process wait for it.
                assert [one.daemon for one in _leaving()] == [True]
            finally:
                outage.signal(signal.SIGCONT)
            await comes(lambda: not _leaving(), what="the end of the one who leaves")


def _leaving() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "kafka-leaving"]


async def test_consumer_that_dies_while_it_commits_is_replaced_by_the_next_poll(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, member = subject.publisher(), subject.subscription("dies")
    async with closing(publisher, member):
        await publisher.publish(series(subject.topic, [ANN], [1]))
        with monkeypatch.context() as patch:
            patch.setattr("pfh.adapters.event_stream.kafka_subscription.Consumer", DiesOfCommit)
            got = await poll_until(member, 1)
            with pytest.raises(StreamUnavailable):
                await member.commit(got)
        await publisher.publish(series(subject.topic, [ANN], [2]))
        told: list[tuple[int, int]] = []
        async with asyncio.timeout(LIMIT_SECONDS):
            while (ANN, 2) not in told:
                told += names(await poll_until(member, 1))


async def test_message_carries_the_attributes_of_cloudevents_and_its_origin(
    subject: Subject,
) -> None:
    headers = dict(message_of(outgoing(subject.topic, [event(ANN, 3)])[0]).headers)
    told = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in headers.items()
    }
    assert told == {
        "ce_specversion": "1.0",
        "ce_id": "8000000000000000003",
        "ce_source": f"/households/{ANN}",
        "ce_type": "EntryPosted",
        "ce_time": "2023-11-14T22:13:20.123459Z",
        "ce_subject": "9000000000000000003",
        "ce_householdseq": "3",
        "ce_position": f"{3_000 + ANN % 1_000}",
        "ce_version": "1",
        "ce_prevhash": at(2).hash.hex(),
        "ce_hash": at(3).hash.hex(),
        "ce_actor": "77",
        "content-type": "application/json",
        "correlation-id": "request-3",
    }


async def test_message_that_is_no_event_comes_with_its_fault_and_hides_its_content(
    subject: Subject,
) -> None:
    key, value, headers = message_of(outgoing(subject.topic, [event(ANN, 1)])[0])
    right = dict(headers)
    without_id = {name: text for name, text in right.items() if name != "ce_id"}
    broken = {
        "the key is not a household": (b"x-secret", value, right),
        "the message has no value": (key, None, right),
        "the header ce_id is missing": (key, value, without_id),
        "the header ce_position is not a number": (key, value, {**right, "ce_position": "-secret"}),
        "the header ce_time is not an instant": (key, value, {**right, "ce_time": "secret"}),
        "the header ce_specversion is not 1.0": (key, value, {**right, "ce_specversion": "2.0"}),
        "the payload or a header is not UTF-8": (key, b"\xffsecret", right),
        "the header ce_source is not that of the household in the key": (
            str(BEN).encode(), value, right,
        ),
    }  # fmt: skip
    producer = Producer({"bootstrap.servers": subject.brokers, "log_level": 0})
    for wrong_key, wrong_value, wrong_headers in broken.values():
        producer.produce(
            subject.topic, wrong_value, wrong_key, 0, headers=list(wrong_headers.items())
        )
    producer.produce(subject.topic, value, key, 0, headers=headers)
    assert producer.flush(30) == 0
    member = subject.subscription("faults")
    async with closing(member):
        got = await poll_until(member, len(broken) + 1)
    assert [one.fault for one in got] == [*broken, ""]
    assert [one.event for one in got] == [None] * len(broken) + [event(ANN, 1)]
    assert [one.key for one in got] == [None, *[ANN] * (len(broken) - 2), BEN, ANN]
    assert not any("secret" in str(one) for one in got)


async def test_event_that_no_topic_takes_is_refused_before_anything_is_sent(
    subject: Subject,
) -> None:
    publisher, member = subject.publisher(), subject.subscription("large")
    large = event(ANN, 2, "x" * MESSAGE_BYTES_MAX)
    torn = event(ANN, 3, "\ud800")
    async with closing(publisher, member):
        for wrong in (large, torn):
            with pytest.raises(EventRefused) as refused:
                await publisher.publish(outgoing(subject.topic, [event(ANN, 1), wrong]))
            assert refused.value.event == wrong
        await publisher.publish(outgoing(subject.topic, [event(ANN, 4)]))
        assert names(await poll_until(member, 1)) == [(ANN, 4)]


async def test_event_that_the_broker_refuses_leaves_no_gap(
    kafka_server: Server, kafka_prefix: str
) -> None:
    subject = Subject(kafka_server.address, f"{kafka_prefix}small")
    create(subject.brokers, subject.topic, largest=1_000_000)
    publisher, member = subject.publisher(), subject.subscription("gap")
    # What cannot be compressed stays too long; what follows is sent in requests of its own.
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(900_000))
    refused = [event(ANN, seq, noise if seq == 2 else "x" * 300_000) for seq in range(1, 9)]
    async with closing(publisher, member):
        with pytest.raises(StreamUnavailable, match="pfh topics apply"):
            await publisher.publish(outgoing(subject.topic, refused))
        await publisher.publish(series(subject.topic, [ANN], [9]))
        told = names(await poll_until(member, 1))
        while told[-1] != (ANN, 9):
            told += names(await poll_until(member, 1))
    assert [seq for _, seq in told] in ([9], [1, 9])


async def test_largest_event_arrives(subject: Subject, kafka_prefix: str) -> None:
    topic = f"{kafka_prefix}largest"
    create(subject.brokers, topic, largest=16 << 20)
    largest = Subject(subject.brokers, topic)
    publisher, member = largest.publisher(), largest.subscription("largest")
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(5_500_000))
    async with closing(publisher, member):
        await publisher.publish(outgoing(topic, [event(ANN, 1, noise), event(ANN, 2)]))
        got = await poll_until(member, 2)
    assert [one.event for one in got] == [event(ANN, 1, noise), event(ANN, 2)]


async def test_missing_topic_is_told_with_the_command_that_makes_it(
    kafka_server: Server, kafka_prefix: str
) -> None:
    missing = Subject(kafka_server.address, f"{kafka_prefix}missing")
    publisher, member = missing.publisher(), missing.subscription("missing")
    async with closing(publisher, member):
        with pytest.raises(StreamUnavailable, match="pfh topics apply"):
            await publisher.publish(series(missing.topic, [ANN], [1]))
        assert "pfh topics apply" in await poll_until_unavailable(member)
        create(missing.brokers, missing.topic)
        async with asyncio.timeout(LIMIT_SECONDS):
            await publisher.publish(series(missing.topic, [ANN], [1]))
        assert names(await poll_until(member, 1)) == [(ANN, 1)]


async def test_dead_letter_is_the_event_with_what_befell_it(
    kafka_server: Server, kafka_prefix: str
) -> None:
    letters = Subject(kafka_server.address, f"{kafka_prefix}events.dlq")
    create(letters.brokers, letters.topic)
    publisher, member = letters.publisher(), letters.subscription("letters")
    letter = DeadLetter(f"{kafka_prefix}events", event(ANN, 7), None, "the-group", "it broke", 5)
    async with closing(publisher, member):
        await publisher.bury([letter])
        (got,) = await poll_until(member, 1)
    assert got.event == event(ANN, 7)
