"""Exit codes, and how a command says that something went wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

EXIT_DONE: Final = 0
EXIT_NO: Final = 1
EXIT_USAGE: Final = 2
EXIT_UNAVAILABLE: Final = 3
EXIT_INTERRUPTED: Final = 130


def complain(sentences: Sequence[str], code: int) -> int:
    """Print sentences to standard error, one a line, and return the exit code."""
    for sentence in sentences:
        sys.stderr.write(f"pfh: {sentence}\n")
    return code
