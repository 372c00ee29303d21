"""One JSON object a line, to standard output and, when set, to a file.

It stands on the standard library: importing structlog costs 150 ms of a start that may take 500
(docs/decisions/0011). `get_logger` gives its habit of speaking: an event and named fields.
"""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from pfh.observability.log_file import LogFile
from pfh.observability.log_line import FIELDS, JsonFormatter
from pfh.observability.log_output import LogOutput


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
            extra = {FIELDS: {**self._fields, **fields}}
            self._logger.log(level, event, exc_info=trace, extra=extra)


def get_logger(name: str) -> Logger:
    """Return the logger of a module; `name` is its dotted name."""
    return Logger(logging.getLogger(name))


def configure_logging(
    level: str = "info",
    file: Path | None = None,
    *,
    keep_days: int = 0,
    to_standard_error: bool = False,
) -> None:
    """Send every logger of the process to standard output and, if given, to a file.

    Commands, whose standard output is their answer, log to standard error. Calling it again
    replaces the former configuration.

    Args:
        level: the least that is kept.
        file: opened anew when somebody rotated it away (so logrotate needs no signal).
        keep_days: rotate the file daily and delete it after so many days; 0 leaves that to others.
        to_standard_error: of a command.

    Raises:
        LogFileUnusable: the file or its folder cannot be written.
    """
    handlers: list[logging.Handler] = [LogOutput(sys.stderr if to_standard_error else sys.stdout)]
    if file is not None:
        handlers.append(LogFile(file, keep_days=keep_days))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    formatter = JsonFormatter()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(level.upper())
    for noisy in ("asyncio", "uvicorn", "uvicorn.error", "alembic", "httpx", "httpcore", "urllib3"):
        logger = logging.getLogger(noisy)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, root.level))
    # Python's own way would write the exception to standard error with every value in it.
    sys.excepthook = _note_the_end
    threading.excepthook = _note_the_end_of_a_thread


def _note_the_end(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    get_logger(__name__).failure("process_failed", error)


def _note_the_end_of_a_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        get_logger(__name__).failure("thread_failed", ended.exc_value)
