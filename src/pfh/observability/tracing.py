"""W3C Trace Context without an SDK: reading `traceparent`, and making the next one.

It exists so that events and messages carry the caller's trace even where no tracer is installed.
"""

from __future__ import annotations

import os
import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

_PATTERN: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""What this request or job hands on, or None when nobody traces."""


@dataclass(frozen=True, slots=True)
class TraceContext:
    """One position in a trace: 32 and 16 lower-case hexadecimal digits, and the flags."""

    trace_id: str
    parent_id: str
    flags: str

    @property
    def header(self) -> str:
        """The value of a `traceparent` header."""
        return f"00-{self.trace_id}-{self.parent_id}-{self.flags}"

    def child(self) -> TraceContext:
        """Return a new position under this one."""
        return TraceContext(self.trace_id, os.urandom(8).hex(), self.flags)


def parse_traceparent(header: str) -> TraceContext | None:
    """Read a `traceparent` header; None when it is malformed or all zero (W3C §3.2.2)."""
    match = _PATTERN.fullmatch(header)
    if match is None or not match.group(1).strip("0") or not match.group(2).strip("0"):
        return None
    return TraceContext(match.group(1), match.group(2), match.group(3))
