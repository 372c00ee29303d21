"""What can go wrong with payees."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class PayeeNotFound(Problem):
    """No such payee in this household."""

    code = "payee_not_found"
    kind = Kind.NOT_FOUND


class PayeeNameMissing(Problem):
    """A payee needs a name."""

    code = "name_missing"


class PayeeNameTaken(Problem):
    """Another payee has this name."""

    code = "name_taken"
    kind = Kind.CONFLICT


class PayeeMergeNotPossible(Problem):
    """The payee cannot become the other one, or was never merged."""

    code = "merge_not_possible"
    kind = Kind.CONFLICT


class PayeeCursorInvalid(Problem):
    """The cursor was not made by this list."""

    code = "cursor_invalid"
