"""Spans by the SDK of OpenTelemetry, sent by OTLP over HTTP.

It is imported only when a collector is configured: it costs 0.2 s of the start and some memory. The
queue is bounded and a thread empties it, so no request waits for a collector, and none fails with
it; what does not fit is dropped. Sampling, queue and headers are set by the standard variables
(`OTEL_TRACES_SAMPLER`, `OTEL_BSP_MAX_QUEUE_SIZE`, `OTEL_EXPORTER_OTLP_HEADERS` and their kin).
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as SdkSpan

from pfh.observability.logging import get_logger
from pfh.observability.spans import Attributes, Kind, Span
from pfh.observability.tracing import TraceContext, parse_traceparent

_KINDS: Final[Mapping[Kind, SpanKind]] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_SAMPLED: Final = 1
_LINKS_MAX: Final = 128
_COMPLAINT_SECONDS: Final = 300.0
# A collector that is away must not hold up a process that stops.
_STOP_SECONDS: Final = 2.0
_LOGGER: Final = get_logger(__name__)


class OpenTelemetryTracer:
    """A tracer over a provider of the SDK."""

    def __init__(self, provider: TracerProvider, version: str) -> None:
        """Name the spans as the hub's."""
        self._tracer = provider.get_tracer("pfh", version)

    def start(
        self,
        name: str,
        kind: Kind,
        attributes: Attributes,
        *,
        parent: str | None = None,
        links: Sequence[str] = (),
    ) -> Span:
        """Begin a span; see the protocol."""
        above = _context_of(parent)
        found = filter(None, map(_context_of, links[:_LINKS_MAX]))
        span = self._tracer.start_span(
            name,
            context=Context()
            if above is None
            else set_span_in_context(NonRecordingSpan(above), Context()),
            kind=_KINDS[kind],
            attributes=attributes,
            links=[Link(one) for one in found],
        )
        return _Span(span)


class _Span:
    """A span of the SDK."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: SdkSpan) -> None:
        self._span = span
        own = span.get_span_context()
        self.traceparent = TraceContext(
            f"{own.trace_id:032x}", f"{own.span_id:016x}", f"{own.trace_flags & _SAMPLED:02x}"
        ).header

    def rename(self, name: str) -> None:
        """Give another name."""
        self._span.update_name(name)

    def describe(self, attributes: Attributes) -> None:
        """Add attributes."""
        self._span.set_attributes(attributes)

    def end(self, failed: str | None = None) -> None:
        """End it; of an error its kind is told, never its words."""
        if failed is not None:
            self._span.set_attribute("error.type", failed)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def _context_of(position: str | None) -> SpanContext | None:
    context = parse_traceparent(position or "")
    if context is None:
        return None
    return SpanContext(
        int(context.trace_id, 16),
        int(context.parent_id, 16),
        is_remote=True,
        # A caller's other flags mean nothing to us.
        trace_flags=TraceFlags(int(context.flags, 16) & _SAMPLED),
    )


def open_tracer(
    endpoint: str, service: str, version: str
) -> tuple[OpenTelemetryTracer, Callable[[], None]]:
    """Begin to send spans to a collector; return the tracer and what ends it within seconds.

    Args:
        endpoint: of OTLP over HTTP, without `/v1/traces`.
        service: what the process is called, unless `OTEL_SERVICE_NAME` says otherwise.
        version: of the hub.
    """
    _speak_rarely()
    attributes: dict[str, str | int] = {SERVICE_VERSION: version, "process.pid": os.getpid()}
    if "OTEL_SERVICE_NAME" not in os.environ:
        attributes[SERVICE_NAME] = service
    provider = TracerProvider(resource=Resource.create(attributes), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))

    def close() -> None:
        ending = threading.Thread(target=provider.shutdown, name="traces-end", daemon=True)
        ending.start()
        ending.join(_STOP_SECONDS)

    return OpenTelemetryTracer(provider, version), close


class _Rarely(logging.Handler):
    """Tells once in five minutes that spans do not arrive, instead of for each batch."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._count = 0
        self._told_at = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:
        del record
        self._count += 1
        now = time.monotonic()
        if now - self._told_at >= _COMPLAINT_SECONDS:
            self._told_at = now
            _LOGGER.warning("traces_not_sent", count=self._count)
            self._count = 0


def _speak_rarely() -> None:
    logger = logging.getLogger("opentelemetry")
    logger.handlers[:] = [_Rarely()]
    logger.propagate = False
