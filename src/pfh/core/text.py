"""What a line or a paragraph written by a person may hold.

It exists because two characters break storage (NUL in PostgreSQL, a lone surrogate in UTF-8) and
the other control characters break statements, exports and terminals; see docs/specs/ledger.md §6.4.
"""

from __future__ import annotations

import re
from typing import Final

from pfh.core.errors import Problem

# Category Cc and the surrogates; a paragraph may also hold tab, line feed and carriage return.
_NOT_IN_A_LINE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_A_PARAGRAPH: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class TextTooLong(Problem):
    """A text has more characters than its field may hold."""

    code = "text_too_long"


class TextNotPrintable(Problem):
    """A text holds a control character, NUL or half of a surrogate pair."""

    code = "text_not_printable"


def line_problem(text: str, *, field: str, length_max: int) -> Problem | None:
    """Judge a text of one line (a name, a description).

    Args:
        text: as it would be stored; nothing is trimmed here.
        field: the name that the problem carries.
        length_max: in Unicode code points.

    Returns:
        The first problem, or None: `TextTooLong`, then `TextNotPrintable`.
    """
    # isprintable() is C code and true for almost every text; only the rest meets the pattern.
    if len(text) <= length_max and text.isprintable():
        return None
    return _problem(text, _NOT_IN_A_LINE, field, length_max)


def paragraph_problem(text: str, *, field: str, length_max: int) -> Problem | None:
    """Judge a text of several lines (notes, a memo): as `line_problem`, but tabs and ends pass."""
    if len(text) <= length_max and text.isprintable():
        return None
    return _problem(text, _NOT_IN_A_PARAGRAPH, field, length_max)


def _problem(text: str, forbidden: re.Pattern[str], field: str, length_max: int) -> Problem | None:
    if len(text) > length_max:
        return TextTooLong(
            f"This text has {len(text)} characters; at most {length_max} are kept.",
            field=field,
            fix=f"Shorten it to {length_max} characters.",
        )
    found = forbidden.search(text)
    if found is None:
        return None
    return TextNotPrintable(
        f"Character {found.start() + 1} is a control character (U+{ord(found.group()):04X}).",
        field=field,
        fix="Remove it, or type the text again.",
    )
