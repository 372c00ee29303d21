"""Which program this is: version and commit, known without reading package metadata.

It exists because `importlib.metadata` costs 30 ms of the start.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

VERSION: Final = "0.1.0"


def _commit() -> str:
    """Return the commit: from the image's environment, else from the checkout, else `unknown`."""
    given = os.environ.get("GIT_COMMIT", "")
    if given:
        return given[:40]
    git = Path(__file__).resolve().parents[3] / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        return (git / head.removeprefix("ref: ")).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return "unknown"


COMMIT: Final = _commit()
