"""Puts events into Kafka, in their order, by one thread.

Why the order of the port holds, also across calls that failed:

- Within a producer, one request a broker is under way, and a refused one is sent again before the
  next (decision 0016). A failure that would leave a gap is fatal to the producer: nothing that was
  given after it is sent (`enable.gapless.guarantee`). Only time-outs of single messages are outside
  of that rule, so none is ever reached: the time of the whole call is over first.
- A call that fails throws its producer away: its queues are purged before the next call begins, so
  that what was not sent never is. At most the one request under way may still arrive, much later.
  For each partition it holds a run of consecutive events of that call, and all before the run were
  confirmed. So whenever it is stored, it repeats what is there or brings exactly what comes next.
- Sent again by the next producer, which the brokers hold for another one, an event may be stored
  twice; readers skip by `household_seq`. Retries of one producer are stored once (idempotence).
- The same holds for a process that dies, and for two relays of which one was paused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaError, KafkaException, Producer

from pfh.adapters.event_stream.kafka_messages import MessageParts, letter_of, message_of
from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_words import Troubles, words_of
from pfh.adapters.event_stream.topic_spec import DEAD_LETTERS_SUFFIX
from pfh.observability.logging import get_logger
from pfh.ports.event_stream import (
    DeadLetter,
    EventRefused,
    OutgoingEvent,
    StreamUnavailable,
)

if TYPE_CHECKING:
    from pfh.ports.event_stream import EventPublisher

PUBLISH_SECONDS: Final = 10.0
# Less than `max.message.bytes` of every topic by what a batch adds.
MESSAGE_BYTES_MAX: Final = (16 << 20) - 4_096
_STEP_SECONDS: Final = 0.5
_LOGGER: Final = get_logger(__name__)
_Message = tuple[str, MessageParts]


class KafkaPublisher:
    """A producer and its thread.

    Args:
        options: the cluster; it is connected to with the first call.
    """

    def __init__(self, options: KafkaOptions) -> None:
        """Keep where the brokers are."""
        self._options = options
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-publisher")
        self._producer: Producer | None = None
        self._troubles = Troubles()

    async def publish(self, events: Sequence[OutgoingEvent]) -> None:
        """Store events; see the port."""
        if events:
            await self._run(self._publish_events, tuple(events))

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Store dead letters; see the port."""
        if letters:
            await self._run(self._publish_letters, tuple(letters))

    async def close(self) -> None:
        """Wait for what is under way, and let go of the brokers."""
        await self._run(self._discard)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Any, *arguments: Any) -> None:  # noqa: ANN401 -- one call or another
        await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def _publish_events(self, events: Sequence[OutgoingEvent]) -> None:
        self._send([(event.topic, _checked(event)) for event in events])

    def _publish_letters(self, letters: Sequence[DeadLetter]) -> None:
        self._send([(f"{one.topic}{DEAD_LETTERS_SUFFIX}", letter_of(one)) for one in letters])

    def _send(self, messages: Sequence[_Message]) -> None:
        sending = _Sending(self._open(), len(messages))
        try:
            for topic, parts in messages:
                sending.give(topic, parts)
            sending.wait()
        except (KafkaException, _Failed) as failed:
            reason = words_of(failed.args[0]) if failed.args else self._troubles.words
            self._discard()
            _LOGGER.warning("kafka_publish_failed", reason=reason, events=len(messages))
            raise StreamUnavailable(reason or "no broker answered") from failed
        except BaseException:
            self._discard()
            raise
        self._troubles.forget()

    def _open(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(
                {
                    **self._options.configuration(self._troubles.note),
                    "acks": "all",
                    "enable.idempotence": True,
                    "enable.gapless.guarantee": True,
                    "max.in.flight.requests.per.connection": 1,
                    # Twice the time of a call, so that it is never what ends one; see above.
                    "delivery.timeout.ms": round(2_000 * PUBLISH_SECONDS),
                    "retry.backoff.ms": 50,
                    "retry.backoff.max.ms": 500,
                    "topic.metadata.propagation.max.ms": 3_000,
                    "linger.ms": 2,
                    "compression.type": "lz4",
                    "message.max.bytes": 16 << 20,
                    # As Kafka's own tools choose a partition for a key.
                    "partitioner": "murmur2_random",
                }
            )
        return self._producer

    def _discard(self) -> None:
        """Drop the producer and whatever it has not sent."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            # A request under way that is purged leaves a gap, which is fatal to the producer; the
            # library raises it here when it knows of it already. Nobody will use this one again.
            with suppress(KafkaException):
                producer.poll(0)


class _Failed(Exception):
    """A message was not stored, or not in time; the error is the argument, if there is one."""


class _Sending:
    """The messages of one call, on their way."""

    def __init__(self, producer: Producer, count: int) -> None:
        self._producer = producer
        self._left = count
        self._error: KafkaError | None = None
        self._until = time.monotonic() + PUBLISH_SECONDS

    def give(self, topic: str, parts: MessageParts) -> None:
        """Hand a message to the library, waiting while its queue is full."""
        while True:
            try:
                self._producer.produce(
                    topic, parts.value, parts.key, headers=parts.headers, on_delivery=self._note
                )
            except BufferError:
                self._serve()
            else:
                return

    def wait(self) -> None:
        """Return once all are stored."""
        while self._left:
            self._serve()

    def _serve(self) -> None:
        self._producer.poll(_STEP_SECONDS)
        if self._error is not None:
            raise _Failed(self._error)
        if self._left and time.monotonic() > self._until:
            raise _Failed

    def _note(self, error: KafkaError | None, _: object) -> None:
        if error is None:
            self._left -= 1
        elif self._error is None:
            self._error = error


def _checked(outgoing: OutgoingEvent) -> MessageParts:
    """Write an event as a message, unless no broker would ever take it."""
    try:
        parts = message_of(outgoing)
    except UnicodeEncodeError as error:
        raise EventRefused(outgoing.event, "it cannot be written as UTF-8") from error
    size = len(parts.value) + sum(len(name) + len(value or b"") for name, value in parts.headers)
    if size > MESSAGE_BYTES_MAX:
        words = f"it has {size} bytes, and a message takes {MESSAGE_BYTES_MAX}"
        raise EventRefused(outgoing.event, words)
    return parts


if TYPE_CHECKING:

    def _keeps_the_contract(publisher: KafkaPublisher) -> EventPublisher:
        return publisher
