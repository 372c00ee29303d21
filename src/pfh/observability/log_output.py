"""Writing lines such that a place that takes none harms nobody: a full disk, a closed pipe.

It exists because the standard library's handlers print the record, with every value, to standard
error when they fail, and one of them raises into the caller.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Final, TextIO

from pfh.observability.metrics import LOG_LINES_LOST

COMPLAINT_SECONDS: Final = 60.0


class Complaint:
    """Counts lost lines, and tells standard error about them once a minute at most."""

    def __init__(self, place: str) -> None:
        """Begin with nothing lost; `place` is `output` or `file`."""
        self._place = place
        self._told_at = float("-inf")

    def lost(self, error: BaseException | None) -> None:
        """Note a line that could not be written."""
        LOG_LINES_LOST.labels(self._place).inc()
        now = time.monotonic()
        if now - self._told_at < COMPLAINT_SECONDS:
            return
        self._told_at = now
        reason = getattr(error, "strerror", None) or type(error).__name__
        try:
            sys.stderr.write(f'{{"event":"log_lines_lost","place":"{self._place}",')
            sys.stderr.write(f'"reason":"{reason}"}}\n')
        except (OSError, ValueError, AttributeError):
            # Standard error is what failed, or is closed.
            return


class LogOutput(logging.StreamHandler[TextIO]):
    """Standard output or standard error."""

    def __init__(self, stream: TextIO) -> None:
        """Write to an open stream."""
        super().__init__(stream)
        self._complaint = Complaint("output")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's own name
        """Count the line; see above."""
        del record
        self._complaint.lost(sys.exc_info()[1])
