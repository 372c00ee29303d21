"""Reads events from Kafka as one member of a consumer group, by one thread.

The group is of the brokers' own protocol (KIP-848), in which only the partitions that move stop. A
commit tells the member's epoch, so the brokers refuse that of a member that was replaced. What they
cannot know is looked at here: an offset is only committed for a partition that this member has, and
between what it read there first and last since it got it. So an answer that comes late, after the
partition was away and came back, neither takes the group back nor past what it must read again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from pfh.adapters.event_stream.kafka_messages import delivery_of
from pfh.adapters.event_stream.kafka_options import REQUEST_SECONDS, KafkaOptions
from pfh.adapters.event_stream.kafka_words import Troubles, words_of
from pfh.observability.logging import get_logger
from pfh.ports.event_stream import Delivery, StreamUnavailable

if TYPE_CHECKING:
    from pfh.ports.event_stream import EventSubscription

Result = TypeVar("Result")
# Longer than any work with what one poll returned: a member that is silent for so long is replaced.
WORK_SECONDS_MAX: Final = 300
# Brokers that are away then miss the member by themselves.
LEAVE_SECONDS: Final = 5.0
_ASK_SECONDS: Final = 2.0
_ASK_AGAIN_SECONDS: Final = 2.0
_STEP_SECONDS: Final = 0.0005
# A relay's batch comes in parts, one from each broker; what comes within this time is worked on
# together, for a batch has a price of its own.
_GATHER_SECONDS: Final = 0.01
_LOGGER: Final = get_logger(__name__)
# The partition is another member's by now, or will be once the group has settled.
_GIVEN_AWAY: Final = frozenset(
    {
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.FENCED_MEMBER_EPOCH,
        KafkaError.STALE_MEMBER_EPOCH,
        KafkaError._ASSIGNMENT_LOST,  # noqa: SLF001 -- public constants of the library begin so
        KafkaError._NO_OFFSET,  # noqa: SLF001 -- as above
    }
)
# A topic and the number of one of its partitions.
_Place = tuple[str, int]


@dataclass(slots=True)
class _Share:
    """What a member has read of a partition since it got it: from `floor` to before `end`.

    `floor` is where the group goes on at the least, None before the first message.
    """

    floor: int | None = None
    end: int = 0


class KafkaSubscription:
    """A consumer and its thread.

    Args:
        options: the cluster.
        group: the group that it is a member of from its first poll on.
        topics: full names.
    """

    def __init__(self, options: KafkaOptions, group: str, topics: Sequence[str]) -> None:
        """Keep what to read; nothing is connected yet."""
        self._options = options
        self._group = group
        self._topics = list(topics)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-subscription")
        self._consumer: Consumer | None = None
        self._shares: dict[_Place, _Share] = {}
        self._troubles = Troubles()
        self._is_dead = False
        self._asked_at = 0.0
        # The commit under way, and what became of it.
        self._committing: dict[_Place, int] = {}
        self._answers: dict[_Place, KafkaError | None] | None = None
        # What came while a commit was waited for.
        self._ahead: deque[Message] = deque()
        # What polls that were cancelled brought.
        self._unclaimed: deque[Delivery] = deque()
        self._polling: asyncio.Future[list[Delivery]] | None = None

    async def poll(self, *, limit: int, seconds: float) -> Sequence[Delivery]:
        """Return the next messages; see the port."""
        if self._polling is not None:
            # Of a cancelled call; it may end with an error, which the next one will meet, too.
            await asyncio.wait([self._polling])
        if self._unclaimed:
            count = min(limit, len(self._unclaimed))
            taken = [self._unclaimed.popleft() for _ in range(count)]
            return [one for one in taken if (one.topic, one.partition) in self._shares]
        polling = asyncio.get_running_loop().run_in_executor(
            self._thread, self._poll, limit, seconds
        )
        try:
            return await asyncio.shield(polling)
        except asyncio.CancelledError:
            self._polling = polling
            polling.add_done_callback(self._keep)
            raise

    async def commit(self, deliveries: Sequence[Delivery]) -> None:
        """Note what had its effect; see the port."""
        ends: dict[_Place, int] = {}
        for one in deliveries:
            place = (one.topic, one.partition)
            ends[place] = max(one.offset + 1, ends.get(place, 0))
        if ends:
            await self._run(lambda: self._commit(ends))

    async def close(self) -> None:
        """Leave the group; see the port."""
        await self._run(self._leave)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _keep(self, polling: asyncio.Future[list[Delivery]]) -> None:
        self._polling = None
        if not polling.cancelled() and polling.exception() is None:
            self._unclaimed.extend(polling.result())

    # From here on in the thread.

    def _poll(self, limit: int, seconds: float) -> list[Delivery]:
        consumer = self._open()
        try:
            messages = self._next(consumer, limit, seconds)
        except KafkaException as error:
            self._leave()
            raise StreamUnavailable(words_of(error.args[0])) from error
        taken = [one for message in messages for one in self._read(message)]
        if taken:
            self._troubles.forget()
        elif self._is_dead:
            self._leave()
            raise StreamUnavailable(self._troubles.words)
        elif self._troubles.words or not self._shares:
            self._ask(consumer)
        return taken

    def _next(self, consumer: Consumer, limit: int, seconds: float) -> list[Message]:
        messages = [self._ahead.popleft() for _ in range(min(limit, len(self._ahead)))]
        if not messages:
            # `consume` waits until it has as many as it was asked for.
            first = consumer.poll(seconds)
            if first is None:
                return []
            messages.append(first)
        if len(messages) < limit:
            messages += consumer.consume(limit - len(messages), timeout=_GATHER_SECONDS)
        return messages

    def _read(self, message: Message) -> Sequence[Delivery]:
        """Return the message as a delivery; an error is noted, and nothing returned."""
        error = message.error()
        if error is not None:
            self._note(error)
            return ()
        delivery = delivery_of(message)
        share = self._shares.get((delivery.topic, delivery.partition))
        if share is None:
            return ()
        share.floor = delivery.offset if share.floor is None else share.floor
        share.end = delivery.offset + 1
        return (delivery,)

    def _ask(self, consumer: Consumer) -> None:
        """Raise if there is trouble: nothing comes from silent topics and spare members, either."""
        if not self._troubles.words and time.monotonic() < self._asked_at + _ASK_AGAIN_SECONDS:
            return
        self._asked_at = time.monotonic()
        try:
            told = consumer.list_topics(timeout=_ASK_SECONDS).topics
        except KafkaException as error:
            raise StreamUnavailable(self._troubles.words or words_of(error.args[0])) from error
        missing = [topic for topic in self._topics if topic not in told]
        if missing:
            raise StreamUnavailable(f"there is no topic {missing[0]}: run `pfh topics apply`")
        self._troubles.forget()

    def _commit(self, ends: dict[_Place, int]) -> None:
        wanted = {place: end for place, end in ends.items() if self._may_commit(place, end)}
        if not wanted or self._consumer is None:
            return
        offsets = [TopicPartition(*place, end) for place, end in wanted.items()]
        self._committing, self._answers = wanted, None
        try:
            self._consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            self._raise_unless_given_away(error.args[0])
            return
        for place, refusal in self._wait_for_answers(self._consumer).items():
            if refusal is not None:
                self._raise_unless_given_away(refusal)
            elif (share := self._shares.get(place)) is not None:
                share.floor = wanted[place]

    def _wait_for_answers(self, consumer: Consumer) -> dict[_Place, KafkaError | None]:
        """Serve the library until it tells what became of the commit.

        Its own way to wait takes 45 s when the coordinator is away. What it brings meanwhile is for
        the next poll.
        """
        until = time.monotonic() + REQUEST_SECONDS
        while True:
            try:
                message = consumer.poll(0)
            except KafkaException as error:
                # Fatal to the consumer; the next poll makes another one.
                self._leave()
                raise StreamUnavailable(words_of(error.args[0])) from error
            if self._answers is not None:
                answers, self._answers = self._answers, None
                if message is not None:
                    self._ahead.append(message)
                return answers
            if message is not None:
                self._ahead.append(message)
            elif time.monotonic() > until:
                words = self._troubles.words or "no broker confirmed the commit in time"
                raise StreamUnavailable(words)
            else:
                time.sleep(_STEP_SECONDS)

    def _hear(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        """Take the library's word on a commit, unless it is one that was given up."""
        if {(one.topic, one.partition): one.offset for one in partitions} == self._committing:
            self._answers = {(p.topic, p.partition): p.error or error for p in partitions}

    def _may_commit(self, place: _Place, end: int) -> bool:
        share = self._shares.get(place)
        return share is not None and share.floor is not None and share.floor < end <= share.end

    def _raise_unless_given_away(self, error: KafkaError) -> None:
        if error.code() not in _GIVEN_AWAY:
            raise StreamUnavailable(words_of(error))
        _LOGGER.info("kafka_commit_left_out", group=self._group, reason=error.name())

    def _open(self) -> Consumer:
        if self._consumer is None:
            self._is_dead = False
            self._consumer = Consumer(
                {
                    **self._options.configuration(self._note),
                    "group.id": self._group,
                    "group.protocol": "consumer",
                    "auto.offset.reset": "earliest",
                    "enable.auto.commit": False,
                    "enable.auto.offset.store": False,
                    "allow.auto.create.topics": False,
                    "max.poll.interval.ms": WORK_SECONDS_MAX * 1000,
                    "fetch.wait.max.ms": 500,
                    "fetch.error.backoff.ms": 100,
                    # Read ahead a few thousand messages, and never more than 32 MiB.
                    "queued.min.messages": 10_000,
                    "queued.max.messages.kbytes": 32 << 10,
                    "fetch.queue.backoff.ms": 20,
                    "on_commit": self._hear,
                }
            )
            self._consumer.subscribe(
                self._topics,
                on_assign=self._gain,
                on_revoke=self._lose,
                on_lost=self._lose,
            )
        return self._consumer

    def _gain(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        if consumer is not self._consumer:
            return
        for one in partitions:
            self._shares[one.topic, one.partition] = _Share()
        self._tell("kafka_partitions_gained", partitions)

    def _lose(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._tell("kafka_partitions_lost", partitions)
        if consumer is not self._consumer:
            # It is leaving, and the next one may have some of them by now.
            return
        lost = {(one.topic, one.partition) for one in partitions}
        for place in lost:
            self._shares.pop(place, None)
        self._ahead = deque(m for m in self._ahead if (m.topic(), m.partition()) not in lost)

    def _tell(self, event: str, partitions: list[TopicPartition]) -> None:
        told = sorted(f"{one.topic}/{one.partition}" for one in partitions)
        _LOGGER.info(event, group=self._group, partitions=told)

    def _note(self, error: KafkaError) -> None:
        before = self._troubles.words
        self._troubles.note(error)
        if not before:
            _LOGGER.warning("kafka_trouble", group=self._group, reason=self._troubles.words)
        self._is_dead = self._is_dead or error.fatal()

    def _leave(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._shares.clear()
        self._ahead.clear()
        if consumer is None:
            return
        # The library waits until the brokers let it go, for as long as they are away. A thread that
        # nobody waits for keeps neither us nor the end of the process.
        leaving = threading.Thread(
            target=_close, args=(consumer,), name="kafka-leaving", daemon=True
        )
        leaving.start()
        leaving.join(LEAVE_SECONDS)
        if leaving.is_alive():
            _LOGGER.warning("kafka_left_without_goodbye", group=self._group)


def _close(consumer: Consumer) -> None:
    # What is fatal to it was told already, and is raised here once more.
    with suppress(KafkaException):
        consumer.close()


if TYPE_CHECKING:

    def _keeps_the_contract(subscription: KafkaSubscription) -> EventSubscription:
        return subscription
