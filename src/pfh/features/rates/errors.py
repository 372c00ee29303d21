"""What can go wrong with exchange rates."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class RateNotFound(Problem):
    """The household has not entered such a rate."""

    code = "rate_not_found"
    kind = Kind.NOT_FOUND


class RateOfItself(Problem):
    """Both commodities of a rate are the same."""

    code = "rate_of_itself"


class RateTooLong(Problem):
    """A rate has more digits than are kept."""

    code = "rate_too_long"


class RateCursorInvalid(Problem):
    """The cursor was not made by this list."""

    code = "cursor_invalid"
