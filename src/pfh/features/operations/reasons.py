"""The reason that every lasting act of an operator has, for those who come later."""

from __future__ import annotations

from typing import Final

from pfh.features.operations.errors import ReasonMissing

LENGTH_MAX: Final = 200


def checked_reason(text: str) -> str:
    """Return a reason in one line of 1 to 200 characters, or raise ReasonMissing."""
    reason = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not 1 <= len(reason) <= LENGTH_MAX:
        raise ReasonMissing(
            f"A reason has 1 to {LENGTH_MAX} characters.",
            field="reason",
            fix="Say in a few words why; people and the audit will show it.",
        )
    return reason
