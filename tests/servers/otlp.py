"""A collector of traces in the test's own process: what arrives by OTLP over HTTP is decoded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class SeenSpan:
    """One span as it arrived; identifiers are hexadecimal, `links` those of other spans."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[str, ...]
    attributes: dict[str, str | int] = field(hash=False)


class Collector:
    """What came so far."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.url = ""
        self.bodies: list[bytes] = []
        self._lock = threading.Lock()

    def take(self, body: bytes) -> None:
        """Keep one request."""
        with self._lock:
            self.bodies.append(body)

    def spans(self, trace_id: str | None = None) -> list[SeenSpan]:
        """Return the spans of a trace, or all."""
        with self._lock:
            bodies = list(self.bodies)
        found = [span for body in bodies for span in _decoded(body)]
        return [one for one in found if trace_id in {None, one.trace_id}]


def _decoded(body: bytes) -> Iterator[SeenSpan]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        named = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield SeenSpan(
                    named["service.name"],
                    span.name,
                    type(span).SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    tuple(link.span_id.hex() for link in span.links),
                    {
                        one.key: one.value.string_value or one.value.int_value
                        for one in span.attributes
                    },
                )


@contextmanager
def collector() -> Iterator[Collector]:
    """Run a collector on a free port."""
    made = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            made.take(self.rfile.read(int(self.headers["content-length"])))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- the base's
            del format, arguments

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
