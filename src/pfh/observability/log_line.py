"""One record of the log as one line of JSON without private data, whoever wrote it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from pfh.observability.correlation import correlation_id
from pfh.observability.masking import MASK, clean, masked, unquoted
from pfh.observability.tracebacks import traced
from pfh.observability.tracing import parse_traceparent, traceparent

FIELDS: Final = "pfh_fields"
_ENCODER: Final = msgspec.json.Encoder(enc_hook=lambda _: MASK)
_EVENT: Final = re.compile(r"(?=.{1,64}\Z)(?:[a-z]+|[A-Z]+)(?:_[A-Za-z0-9]+)*")
# Libraries that speak of the server alone; what others fill into their templates may be a value.
_OUTSPOKEN: Final = ("uvicorn", "uvicorn.error", "alembic")
# JSON lets them stand as they are, but terminals obey them and readers split lines at them.
_UNSAFE: Final = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class JsonFormatter(logging.Formatter):
    """Renders a record; never raises."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: timestamp (UTC), level, event, correlation, then the fields by name."""
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        try:
            self._fill(line, record)
            return _one_line(line)
        except Exception as error:  # noqa: BLE001 -- a log that fails must not fail its caller
            line["event"], line["reason"] = "log_line_failed", type(error).__name__
            return _ENCODER.encode({name: line[name] for name in _LEAST}).decode()

    def _fill(self, line: dict[str, Any], record: logging.LogRecord) -> None:
        line["event"] = _event(record)
        if correlation := correlation_id.get():
            line["correlation_id"] = correlation
        context = parse_traceparent(traceparent.get() or "")
        if context is not None:
            line["trace_id"] = context.trace_id
        for name, value in record.__dict__.get(FIELDS, {}).items():
            line[name] = masked(name, value)
        if record.exc_info and record.exc_info[1]:
            line["exception"] = traced(record.exc_info[1])


_LEAST: Final = ("timestamp", "level", "logger", "event", "reason")


def _event(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] == "pfh":
        name = str(record.msg)
        # Ours are names of things that happen. A sentence would have been put together of values.
        return name if _EVENT.fullmatch(name) else MASK
    template = record.msg if isinstance(record.msg, str) else MASK
    if record.name == "asyncio":
        # Its further lines describe a task, and in it the exception with its values.
        template = template.partition("\n")[0]
    try:
        text = template % _arguments(record) if record.args else template
    except (TypeError, ValueError, KeyError):
        text = template
    return clean(unquoted(text))


def _arguments(record: logging.LogRecord) -> Any:  # noqa: ANN401 -- whatever a template takes
    if record.name in _OUTSPOKEN:
        return record.args
    if isinstance(record.args, Mapping):
        return {key: _figure(value) for key, value in record.args.items()}
    return tuple(_figure(value) for value in record.args or ())


def _figure(value: object) -> object:
    return masked("", value) if isinstance(value, int | float) else MASK


def _one_line(line: dict[str, Any]) -> str:
    try:
        text = _ENCODER.encode(line).decode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, which a file name or a hostile request can bring.
        text = _ENCODER.encode(_encodable(line)).decode()
    return text if text.isascii() else _UNSAFE.sub(_escaped, text)


def _encodable(value: Any) -> Any:  # noqa: ANN401 -- any shape of JSON
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list) else value


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
