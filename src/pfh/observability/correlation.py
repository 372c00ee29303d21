"""The correlation of one request or job, carried to every log line and event that it causes."""

from __future__ import annotations

import os
import random
import re
from contextvars import ContextVar
from typing import Final

# Letters that are safe in a header, a log line and an SQL text.
_ACCEPTED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
"""Empty outside of a request or job."""


# Unlike others and no secret: the system's own numbers would cost each request 3 µs.
_draw: Final = random.Random(os.urandom(16)).getrandbits  # noqa: S311 -- as said
_BITS: Final = 96


def new_correlation_id() -> str:
    """Return 24 random hexadecimal digits."""
    return f"{_draw(_BITS):024x}"


def accepted_correlation_id(offered: str) -> str:
    """Return the caller's identifier when it is harmless (1 to 64 characters), else a new one."""
    return offered if _ACCEPTED.fullmatch(offered) else new_correlation_id()
