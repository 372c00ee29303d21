"""The spans of messages: the relay goes on with the trace of the request that made the event.

It exists because an outbox cuts a trace in two: what publishes is no child of what was answered.
The row keeps the request's position, the message carries the relay's, and the consumer goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from pfh.observability.correlation import correlation_id
from pfh.observability.spans import Span, inside, is_sampled, start_span
from pfh.observability.tracing import parse_traceparent
from pfh.ports.event_stream import Delivery, OutgoingEvent
from pfh.ports.outbox import WaitingEvent

_SYSTEM: Final = "kafka"
_SPANS_MAX: Final = 128


def outgoing_of(topic: str, waiting: WaitingEvent, spans: list[Span]) -> OutgoingEvent:
    """Return an event on its way out; its span, if its request is traced, joins the others."""
    event, position = waiting.event, waiting.traceparent
    if is_sampled(position):
        attributes = {
            "messaging.system": _SYSTEM,
            "messaging.operation.type": "send",
            "messaging.operation.name": "send",
            "messaging.destination.name": topic,
            "messaging.message.id": str(event.event_id),
            "pfh.event.type": event.type,
            "pfh.correlation_id": event.correlation_id,
        }
        span = start_span(f"send {topic}", "producer", attributes, parent=position)
        if span is not None:
            spans.append(span)
            position = span.traceparent
    return OutgoingEvent(topic, event, waiting.causation_id, position)


@contextmanager
def ending(spans: Sequence[Span]) -> Iterator[None]:
    """End the spans with the block."""
    failed = "cancelled"
    try:
        yield
        failed = ""
    except Exception as error:
        failed = type(error).__qualname__
        raise
    finally:
        for span in spans:
            span.end(failed or None)


@contextmanager
def processing(group: str, deliveries: Sequence[Delivery]) -> Iterator[None]:
    """Let a block go on with the trace and correlation of the messages that it works on.

    A batch may belong to several requests. Each of them has a span in its own trace; what the block
    calls belongs to that of the last one, to which the others link.
    """
    events = [one.event for one in deliveries if one.event is not None]
    if not events:
        yield
        return
    token = correlation_id.set(events[-1].correlation_id)
    try:
        main, others = _process_spans(group, deliveries)
        with ending(others), inside(main):
            yield
    finally:
        correlation_id.reset(token)


def _process_spans(group: str, deliveries: Sequence[Delivery]) -> tuple[Span | None, list[Span]]:
    # By trace, the last message of each: a request that made two events is told once.
    traced = {
        context.trace_id: one
        for one in deliveries
        if is_sampled(one.traceparent)
        and (context := parse_traceparent(one.traceparent or "")) is not None
    }
    if not traced:
        return None, []
    *others, last = list(traced.values())[-_SPANS_MAX:]
    main = _process_span(group, last, len(deliveries), [])
    if main is None:
        return None, []
    spans = (_process_span(group, one, len(deliveries), [main.traceparent]) for one in others)
    return main, [span for span in spans if span is not None]


def _process_span(group: str, delivery: Delivery, count: int, links: list[str]) -> Span | None:
    attributes: dict[str, str | int] = {
        "messaging.system": _SYSTEM,
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": delivery.topic,
        "messaging.destination.partition.id": str(delivery.partition),
        "messaging.consumer.group.name": group,
        "messaging.batch.message_count": count,
        "messaging.kafka.offset": delivery.offset,
    }
    if delivery.event is not None:
        attributes["messaging.message.id"] = str(delivery.event.event_id)
        attributes["pfh.correlation_id"] = delivery.event.correlation_id
    parent = delivery.traceparent
    return start_span(
        f"process {delivery.topic}",
        "consumer",
        attributes,
        parent=parent,
        links=[*([] if parent is None else [parent]), *links],
    )
