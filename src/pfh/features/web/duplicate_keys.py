"""Finding a key that an object of a JSON text has twice.

It exists because decoders take the last of two values in silence, and a gate before this one may
have judged the first. Most texts are cleared by one scan; the rest are read again with every key.
"""

from __future__ import annotations

import json
import re
from typing import Final

import msgspec

# Every string of a JSON text from the left, and whether a colon makes it a key.
_STRING: Final = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?', re.DOTALL)
_KEY_END: Final = re.compile(rb'"\s*:')
# Values are not read: a number may be larger than any that this would make of it.
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Found(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def duplicate_key(body: bytes) -> str | None:
    """Return the first key that stands twice in one object of a valid JSON text; None without.

    Raises:
        RecursionError: the text is nested deeper than Python reads.

    Example: `{"a": 1, "a": 2}` → "a"; `[{"a": 1}, {"a": 2}]` → None.
    """
    if _is_flat_with_unlike_keys(body):
        return None
    keys = [key for key, colon in _STRING.findall(body) if colon]
    if len(set(keys)) == len(keys) and not any(b"\\" in key for key in keys):
        return None
    try:
        json.loads(body, object_pairs_hook=_unique)
    except _Found as found:
        return found.name
    return None


def _is_flat_with_unlike_keys(body: bytes) -> bool:
    """Tell whether there are no more ends of keys (`":`) than the outermost object has keys."""
    try:
        return len(_KEY_END.findall(body)) == len(_OBJECT.decode(body))
    except msgspec.ValidationError:
        return False  # It is no object.


def _unique(pairs: list[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise _Found(name)
        seen.add(name)
