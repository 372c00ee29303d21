"""Spans of a trace, made when somebody collects them and costing nothing when nobody does.

It exists so that the code names its spans without an SDK: OpenTelemetry is imported only when a
collector is configured (`opentelemetry_spans.py`). The position in the trace is that of
`tracing.traceparent`, which requests, events and messages carry with or without a tracer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Token
from functools import lru_cache
from types import TracebackType
from typing import Final, Literal, Protocol, TypeAlias

from pfh.observability.tracing import traceparent

Kind: TypeAlias = Literal["server", "client", "producer", "consumer"]
Attributes: TypeAlias = Mapping[str, str | int]
_SAMPLED: Final = "01"
_VERB: Final = re.compile(r"\s*(?!\s|WITH\b)([A-Za-z]+)")
# What a statement with WITH writes tells more of it than what it answers.
_WRITE_AFTER_WITH: Final = re.compile(r"(?<!FOR )(?<!DO )\b(INSERT|UPDATE|DELETE)\b")
_VERB_AFTER_WITH: Final = re.compile(r"\)\s*(SELECT|INSERT|UPDATE|DELETE)\b")
_TABLE: Final = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+(?:ONLY\s+)?([a-z_]+)")


class Span(Protocol):
    """One step under way; attributes have the names of OpenTelemetry's semantic conventions."""

    @property
    def traceparent(self) -> str:
        """The position that calls and messages of this step hand on."""
        ...

    def rename(self, name: str) -> None:
        """Give the name that only the end knows."""
        ...

    def describe(self, attributes: Attributes) -> None:
        """Add attributes; never a value that somebody wrote."""
        ...

    def end(self, failed: str | None = None) -> None:
        """End it now; `failed` is a kind of error or a status."""
        ...


class Tracer(Protocol):
    """Begins spans; never waits and never fails."""

    def start(
        self,
        name: str,
        kind: Kind,
        attributes: Attributes,
        *,
        parent: str | None = None,
        links: Sequence[str] = (),
    ) -> Span:
        """Begin a span under a `traceparent`, or a new trace."""
        ...


class _Tracing:
    """The tracer of this process, if any."""

    tracer: Tracer | None = None


TRACING: Final = _Tracing()
_NOTHING: Final[AbstractContextManager[Span | None]] = nullcontext()


def is_sampled(position: str | None) -> bool:
    """Tell whether somebody collects the trace of a `traceparent`."""
    return position is not None and position.endswith(_SAMPLED)


def start_span(
    name: str,
    kind: Kind,
    attributes: Attributes,
    *,
    parent: str | None = None,
    links: Sequence[str] = (),
) -> Span | None:
    """Begin a span that the caller ends; None when nobody traces."""
    tracer = TRACING.tracer
    if tracer is None:
        return None
    return tracer.start(name, kind, attributes, parent=parent, links=links)


def inside(span: Span | None) -> AbstractContextManager[Span | None]:
    """Make a span the position of a block, and end it with the block."""
    return _NOTHING if span is None else _Inside(span)


def call_span(name: str, attributes: Attributes) -> AbstractContextManager[Span | None]:
    """Return a span of a call to a server; none outside of a trace, or loops would begin theirs."""
    if TRACING.tracer is None or not is_sampled(position := traceparent.get()):
        return _NOTHING
    return inside(TRACING.tracer.start(name, "client", attributes, parent=position))


def statement_span(system: str, sql: str) -> AbstractContextManager[Span | None]:
    """Return a span of one SQL statement: verb and table, no parameters and no values.

    Example: `SELECT name FROM accounts WHERE …` is called `SELECT accounts`.
    """
    if TRACING.tracer is None or not is_sampled(traceparent.get()):
        return _NOTHING
    summary, attributes = _described(system, sql)
    return call_span(summary, attributes)


@contextmanager
def statement_spans(system: str, sql: str, positions: Iterable[str | None]) -> Iterator[None]:
    """Make a span in each of several traces, for one statement that serves them all."""
    tracer = TRACING.tracer
    spans: list[Span] = []
    if tracer is not None:
        summary, attributes = _described(system, sql)
        spans = [
            tracer.start(summary, "client", attributes, parent=position)
            for position in positions
            if is_sampled(position)
        ]
    failed: str | None = None
    try:
        yield
    except BaseException as error:
        failed = type(error).__qualname__
        raise
    finally:
        for span in spans:
            span.end(failed)


def _described(system: str, sql: str) -> tuple[str, dict[str, str | int]]:
    verb, table = _parts_of(sql)
    summary = f"{verb} {table}".strip()
    attributes: dict[str, str | int] = {
        "db.system.name": system,
        "db.operation.name": verb,
        "db.query.summary": summary,
    }
    if table:
        attributes["db.collection.name"] = table
    return summary, attributes


@lru_cache(maxsize=1024)
def _parts_of(sql: str) -> tuple[str, str]:
    verb = _VERB.match(sql) or _WRITE_AFTER_WITH.search(sql) or _VERB_AFTER_WITH.search(sql)
    if verb is None:
        return "SQL", ""
    table = _TABLE.search(sql, verb.start())
    return verb[1].upper(), table[1] if table else ""


class _Inside:
    """A block in which a span is the position."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span
        self._token: Token[str | None] | None = None

    def __enter__(self) -> Span:
        self._token = traceparent.set(self._span.traceparent)
        return self._span

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._token is not None:
            traceparent.reset(self._token)
        self._span.end(None if kind is None else kind.__qualname__)
