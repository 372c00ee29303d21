"""The one root of every failure that a user can cause and can repair.

It exists so that the rules of the core and of the features speak of money, not of HTTP: the web
entry maps a `Kind` to a status, the command line prints the same words.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """What went wrong, in the widest sense; each kind has one HTTP status."""

    INVALID = "invalid"  # The request can be understood but not accepted: 422.
    MALFORMED = "malformed"  # The request cannot even be read: 400.
    UNAUTHENTICATED = "unauthenticated"  # 401
    FORBIDDEN = "forbidden"  # 403
    NOT_FOUND = "not_found"  # Absent, or not yours: 404.
    CONFLICT = "conflict"  # The state does not allow it now: 409.
    TOO_LARGE = "too_large"  # 413
    UNSUPPORTED = "unsupported"  # The media type or file format is not known: 415.
    THROTTLED = "throttled"  # 429
    UNAVAILABLE = "unavailable"  # 503


class Problem(Exception):
    """One expected failure.

    Subclasses set `code` (snake_case, stable, documented) and `kind`.

    Args:
        detail: one sentence for the person: what is wrong, with the offending value when it
            is safe.
        field: where, as the camelCase name or a dotted path (`splits.1.amount`); None when it
            is the whole.
        fix: one sentence: what to do instead.
        extra: more machine-readable members (for example `retryAfterSeconds`).
    """

    code: ClassVar[str] = "problem"
    kind: ClassVar[Kind] = Kind.INVALID

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        fix: str | None = None,
        extra: dict[str, str | int] | None = None,
    ) -> None:
        """Keep the words; nothing is formatted later."""
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.fix = fix
        self.extra = extra or {}


class Problems(Problem):
    """Several problems of one request, all reported at once; its own code is `invalid_request`."""

    code = "invalid_request"

    def __init__(self, problems: list[Problem]) -> None:
        """Take at least one problem; the first gives the summary."""
        if not problems:
            message = "Problems needs at least one problem"
            raise ValueError(message)
        super().__init__(
            problems[0].detail if len(problems) == 1 else f"{len(problems)} fields need a change.",
            field=problems[0].field,
            fix=problems[0].fix,
        )
        self.problems = tuple(problems)
