"""Which keys objects may have: the same on every backend."""

from __future__ import annotations

import re
from typing import Final

_PART: Final = re.compile(r"[a-z0-9_-][a-z0-9._-]*")


def checked_key(key: str) -> str:
    """Return the key; one that could leave the folder is a programmer's error (ValueError)."""
    if not all(_PART.fullmatch(part) for part in key.split("/")):
        raise ValueError(f"not an object key: {key!r}")
    return key
