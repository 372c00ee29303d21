"""One JSON object a line, to standard output and, when set, to a file.

It stands on the standard library: importing structlog costs 150 ms of a start that may take 500
(docs/decisions/0011). `get_logger` gives its habit of speaking: an event and named fields.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any, Final

import msgspec

from pfh.observability.correlation import correlation_id
from pfh.observability.masking import clean, masked

_FIELDS: Final = "pfh_fields"
_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)


class Logger:
    """Logs events with named fields; safe to make at import and to share."""

    __slots__ = ("_fields", "_logger")

    def __init__(self, logger: logging.Logger, fields: dict[str, Any] | None = None) -> None:
        """Wrap a standard logger; the fields are added to every line."""
        self._logger = logger
        self._fields = fields or {}

    def bind(self, **fields: Any) -> Logger:  # noqa: ANN401 -- whatever is worth a line
        """Return a logger that adds these fields to each of its lines."""
        return Logger(self._logger, {**self._fields, **fields})

    def is_on(self, level: int) -> bool:
        """Tell whether lines of a level are kept."""
        return self._logger.isEnabledFor(level)

    def debug(self, event: str, **fields: Any) -> None:  # noqa: ANN401 -- as above
        """Log what helps to find a bug."""
        self._log(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Any) -> None:  # noqa: ANN401 -- as above
        """Log what happened."""
        self._log(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Any) -> None:  # noqa: ANN401 -- as above
        """Log what somebody should look at."""
        self._log(logging.WARNING, event, fields)

    def error(self, event: str, **fields: Any) -> None:  # noqa: ANN401 -- as above
        """Log what failed."""
        self._log(logging.ERROR, event, fields)

    def failure(self, event: str, error: BaseException, **fields: Any) -> None:  # noqa: ANN401 -- as above
        """Log an unexpected exception with its traceback, once, where it is handled."""
        self._log(logging.ERROR, event, fields, error)

    def _log(
        self, level: int, event: str, fields: dict[str, Any], error: BaseException | None = None
    ) -> None:
        if self._logger.isEnabledFor(level):
            trace = (type(error), error, error.__traceback__) if error else None
            extra = {_FIELDS: {**self._fields, **fields}}
            self._logger.log(level, event, exc_info=trace, extra=extra)


def get_logger(name: str) -> Logger:
    """Return the logger of a module; `name` is its dotted name."""
    return Logger(logging.getLogger(name))


class JsonFormatter(logging.Formatter):
    """Renders a record as one line of JSON without private data."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: timestamp (UTC), level, event, correlation, then the fields by name."""
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": clean(record.getMessage()),
        }
        if correlation := correlation_id.get():
            line["correlation_id"] = correlation
        for name, value in record.__dict__.get(_FIELDS, {}).items():
            line[name] = masked(name, value)
        if record.exc_info and record.exc_info[0]:
            line["exception"] = clean("".join(traceback.format_exception(*record.exc_info)))
        return _ENCODER.encode(line).decode()


def configure_logging(
    level: str = "info", file: Path | None = None, *, to_standard_error: bool = False
) -> None:
    """Send every logger of the process to standard output and, if given, to a file.

    Commands, whose standard output is their answer, log to standard error.

    A file that is rotated away is opened anew (so logrotate needs no signal). Calling it again
    replaces the former configuration.

    Raises:
        OSError: the file or its folder cannot be written.
    """
    handlers: list[logging.Handler] = [
        logging.StreamHandler(sys.stderr if to_standard_error else sys.stdout)
    ]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(WatchedFileHandler(file, encoding="utf-8"))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    formatter = JsonFormatter()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(level.upper())
    for noisy in ("asyncio", "uvicorn", "uvicorn.error", "alembic"):
        logger = logging.getLogger(noisy)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, root.level))
