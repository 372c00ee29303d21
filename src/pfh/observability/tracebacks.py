"""What the log tells of an exception: where it was raised, its kind, and no value.

It exists because drivers put the values of a statement into their messages (PostgreSQL's DETAIL,
SQLAlchemy's parameters), and whoever parses text puts the text there: a message is shown only when
the kind of the exception says that the program wrote it.
"""

from __future__ import annotations

import traceback
from typing import Final

from pfh.core.errors import Problem
from pfh.observability.masking import MASK, clean, unquoted

# Python's own words for mistakes of the program and of the machine.
_OF_THE_PROGRAM: Final = (
    AttributeError, NameError, ImportError, TypeError, NotImplementedError, RecursionError,
    MemoryError, OSError, RuntimeError,
)  # fmt: skip
_PYTHON: Final = frozenset({"builtins", "ssl", "socket", "asyncio.exceptions"})
# Libraries whose messages name servers, and quote whatever value they have.
_LIBRARIES: Final = ("pfh", "sqlite3", "redis", "confluent_kafka", "cimpl", "httpx", "httpcore")
_MONGO: Final = frozenset({"AutoReconnect", "ServerSelectionTimeoutError", "NetworkTimeout"})
# Classes of SQLSTATE whose first line quotes names, not values.
_SQL_STATES: Final = ("08", "23", "25", "40", "42", "53", "54", "55", "57", "58", "XX")
_CHAIN_MAX: Final = 10
_BECAUSE: Final = "\nThe above exception was the direct cause of the following exception:\n\n"
_DURING: Final = "\nDuring handling of the above exception, another exception occurred:\n\n"


def told(error: BaseException) -> str:
    """Return kind and, if the program wrote it, message of an exception in one line.

    Example: told(ValueError("Dinner with Ann")) → "ValueError: [masked]".
    """
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ != "builtins":
        name = f"{kind.__module__}.{name}"
    words = _words(error)
    return f"{name}: {words}" if words else name


def traced(error: BaseException) -> str:
    """Return the traceback of an exception and of those that led to it, oldest first."""
    parts: list[str] = []
    _trace(error, parts, set())
    return "".join(parts)


def _trace(error: BaseException, parts: list[str], seen: set[int]) -> None:
    seen.add(id(error))
    earlier, words = error.__cause__, _BECAUSE
    if earlier is None and not error.__suppress_context__:
        earlier, words = error.__context__, _DURING
    if earlier is not None and id(earlier) not in seen and len(seen) < _CHAIN_MAX:
        _trace(earlier, parts, seen)
        parts.append(words)
    if error.__traceback__ is not None:
        parts.append("Traceback (most recent call last):\n")
        parts.extend(traceback.format_tb(error.__traceback__))
    parts.append(f"{told(error)}\n")
    if isinstance(error, BaseExceptionGroup):
        for number, inner in enumerate(error.exceptions, 1):
            if id(inner) not in seen and len(seen) < _CHAIN_MAX:
                parts.append(f"\nException {number} of the group:\n")
                _trace(inner, parts, seen)


def _words(error: BaseException) -> str:
    if isinstance(error, Problem):
        # Its sentences are for the person who asked, and may repeat what that person wrote.
        return str(error.code)
    if not error.args:
        return ""
    try:
        text = str(error.args[0]) if hasattr(error, "sqlstate") else str(error)
    except Exception:  # noqa: BLE001 -- a foreign class that cannot even be told
        return MASK
    return clean(unquoted(text.partition("\n")[0])) if _is_of_the_program(error) else MASK


def _is_of_the_program(error: BaseException) -> bool:
    module = type(error).__module__
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return state.startswith(_SQL_STATES)
    if module in _PYTHON:
        return isinstance(error, _OF_THE_PROGRAM)
    if module.startswith("pymongo"):
        return type(error).__name__ in _MONGO
    return module.partition(".")[0] in _LIBRARIES
