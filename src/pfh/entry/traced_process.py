"""Sending the traces of a process to a collector, if one is configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pfh.observability.spans import TRACING
from pfh.runtime.build import VERSION
from pfh.runtime.settings import Settings


@contextmanager
def traced_process(settings: Settings, service: str) -> Iterator[None]:
    """Trace while the block runs; without a collector nothing is imported and nothing happens."""
    if settings.otlp_endpoint is None:
        yield
        return
    # The SDK costs a fifth of a second and several megabytes.
    from pfh.observability.opentelemetry_spans import open_tracer  # noqa: PLC0415 -- as said

    TRACING.tracer, close = open_tracer(settings.otlp_endpoint, service, VERSION)
    try:
        yield
    finally:
        TRACING.tracer = None
        close()
