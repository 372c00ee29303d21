"""Events as messages: headers in CloudEvents' binary mode, and back (docs/specs/events.md §6.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pfh.ports.event_log import RecordedEvent
from pfh.ports.event_stream import DeadLetter, Delivery, OutgoingEvent

Header = tuple[str, str | bytes | None]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ALWAYS: Final[tuple[Header, ...]] = (
    ("ce_specversion", b"1.0"),
    ("content-type", b"application/json"),
)
_SOURCE: Final = "/households/"
_DIGITS_MAX: Final = 19
_HASH_BYTES: Final = 32


class MessageParts(NamedTuple):
    """What a message is made of."""

    key: bytes
    value: bytes
    headers: list[Header]


class Malformed(Exception):
    """A message is no event; the text says why and holds nothing of the message."""


def message_of(outgoing: OutgoingEvent) -> MessageParts:
    """Write an event as a message."""
    event = outgoing.event
    headers = _headers(event)
    if outgoing.causation_id is not None:
        headers.append(("causation-id", str(outgoing.causation_id)))
    if outgoing.traceparent is not None:
        headers.append(("traceparent", outgoing.traceparent))
    return MessageParts(str(event.household_id).encode(), event.payload.encode(), headers)


def letter_of(letter: DeadLetter) -> MessageParts:
    """Write a dead letter: the event as it was, and what befell it in further headers."""
    event = letter.event
    headers = _headers(event)
    if letter.traceparent is not None:
        headers.append(("traceparent", letter.traceparent))
    headers += [
        ("dlq-topic", letter.topic),
        ("dlq-group", letter.group),
        ("dlq-error", letter.error),
        ("dlq-attempts", str(letter.attempts)),
    ]
    return MessageParts(str(event.household_id).encode(), event.payload.encode(), headers)


def _headers(event: RecordedEvent) -> list[Header]:
    headers: list[Header] = [
        *_ALWAYS,
        ("ce_id", str(event.event_id)),
        ("ce_source", f"{_SOURCE}{event.household_id}"),
        ("ce_type", event.type),
        ("ce_time", _time_text(event.occurred_at)),
        ("ce_subject", str(event.subject_id)),
        ("ce_householdseq", str(event.household_seq)),
        ("ce_position", str(event.position)),
        ("ce_version", str(event.version)),
        ("ce_prevhash", event.prev_hash.hex()),
        ("ce_hash", event.hash.hex()),
        ("correlation-id", event.correlation_id),
    ]
    if event.actor_id is not None:
        headers.append(("ce_actor", str(event.actor_id)))
    return headers


def delivery_of(message: Any) -> Delivery:  # noqa: ANN401 -- the library's message, or one like it
    """Read a message; one that is no event becomes a delivery with a fault."""
    place = (message.topic(), message.partition(), message.offset())
    household_id: int | None = None
    try:
        household_id = _key(message.key())
        headers = dict(message.headers() or ())
        event = _event(household_id, headers, message.value())
        trace = headers.get("traceparent")
        return Delivery(*place, household_id, event, None if trace is None else trace.decode())
    except Malformed as malformed:
        return Delivery(*place, household_id, None, None, str(malformed))
    except UnicodeDecodeError:
        return Delivery(*place, household_id, None, None, "the payload or a header is not UTF-8")


def _event(
    household_id: int, headers: dict[str, bytes | None], value: bytes | None
) -> RecordedEvent:
    if value is None:
        raise Malformed("the message has no value")
    if headers.get("ce_specversion") != b"1.0":
        raise Malformed("the header ce_specversion is not 1.0")
    if _text(headers, "ce_source") != f"{_SOURCE}{household_id}":
        raise Malformed("the header ce_source is not that of the household in the key")
    actor = headers.get("ce_actor")
    return RecordedEvent(
        position=_number(headers, "ce_position"),
        event_id=_number(headers, "ce_id"),
        household_id=household_id,
        household_seq=_number(headers, "ce_householdseq"),
        type=_text(headers, "ce_type"),
        version=_number(headers, "ce_version"),
        subject_id=_number(headers, "ce_subject"),
        actor_id=None if actor is None else _number(headers, "ce_actor"),
        correlation_id=_text(headers, "correlation-id"),
        occurred_at=_parsed(headers, "ce_time", _instant),
        payload=value.decode(),
        prev_hash=_hash(headers, "ce_prevhash"),
        hash=_hash(headers, "ce_hash"),
    )


def _key(key: bytes | None) -> int:
    if key is None or not key.isdigit() or len(key) > _DIGITS_MAX:
        raise Malformed("the key is not a household")
    return int(key)


def _text(headers: dict[str, bytes | None], name: str) -> str:
    value = headers.get(name)
    if value is None:
        raise Malformed(f"the header {name} is missing")
    return value.decode()


def _number(headers: dict[str, bytes | None], name: str) -> int:
    value = headers.get(name)
    if value is None:
        raise Malformed(f"the header {name} is missing")
    if not value.isdigit() or len(value) > _DIGITS_MAX:
        raise Malformed(f"the header {name} is not a number")
    return int(value)


def _hash(headers: dict[str, bytes | None], name: str) -> bytes:
    text = _text(headers, name)
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != _HASH_BYTES:
        raise Malformed(f"the header {name} is not a hash")
    return found


def _parsed(headers: dict[str, bytes | None], name: str, parse: Callable[[str], int]) -> int:
    text = _text(headers, name)
    try:
        return parse(text)
    except ValueError as error:
        raise Malformed(f"the header {name} is not an instant") from error


# Events of one unit of work share their instant.
@lru_cache(maxsize=4096)
def _time_text(instant: int) -> str:
    """Return an instant in microseconds as RFC 3339 in UTC, with all six decimals."""
    moment = (_EPOCH + instant * _MICROSECOND).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='microseconds')}Z"


@lru_cache(maxsize=4096)
def _instant(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("it has no time zone")
    return (moment - _EPOCH) // _MICROSECOND
