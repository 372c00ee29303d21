"""What the library's errors mean, in words for an operator that hold no secret."""

from __future__ import annotations

from typing import Final

from confluent_kafka import KafkaError

# A failure that must leave no gap is told in one sentence, of which this is the cause.
_TOO_LARGE: Final = "Message size too large"
_WORDS: Final = {
    KafkaError.UNKNOWN_TOPIC_OR_PART: "a topic is missing: run `pfh topics apply`",
    KafkaError._UNKNOWN_TOPIC: "a topic is missing: run `pfh topics apply`",  # noqa: SLF001 -- public constants of the library begin so
    KafkaError.MSG_SIZE_TOO_LARGE: "a topic takes too short messages: run `pfh topics apply`",
    KafkaError.NOT_ENOUGH_REPLICAS: "too few brokers have the partition's copies",
    KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND: "too few brokers have the partition's copies",
    KafkaError._ALL_BROKERS_DOWN: "no broker answers",  # noqa: SLF001 -- as above
    KafkaError._TIMED_OUT: "no broker answered in time",  # noqa: SLF001 -- as above
}


def words_of(error: object) -> str:
    """Return what to tell of an error."""
    if not isinstance(error, KafkaError):
        return str(error)
    code = KafkaError.MSG_SIZE_TOO_LARGE if _TOO_LARGE in error.str() else error.code()
    return _WORDS.get(code) or error.str()
