"""Places at which a drill kills the process, as a power cut would.

It exists so that tests can die between two steps that are microseconds apart. It is no back door:
all that it can do is to end its own process, which whoever sets a process's environment can do
anyway. Without `PFH_TEST_FAIL_AT` in the environment at the start, reaching a point does nothing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Final

VARIABLE: Final = "PFH_TEST_FAIL_AT"


def armed(text: str) -> Callable[[str], None]:
    """Return what to call at each point, from `point` or `point:n`: die when it comes the nth time.

    Example: `relay.published:3` dies after the third batch was published, before it is noted.
    """
    if not text:
        return _do_nothing
    chosen, _, times = text.partition(":")
    left = int(times or 1)

    def count_down(point: str) -> None:
        nonlocal left
        if point == chosen:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return count_down


def _do_nothing(_point: str) -> None:
    return


reached: Final = armed(os.environ.get(VARIABLE, ""))
