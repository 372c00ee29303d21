"""What can go wrong with tags."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class TagNotFound(Problem):
    """No such tag in this household."""

    code = "tag_not_found"
    kind = Kind.NOT_FOUND


class TagNameMissing(Problem):
    """A tag needs a name."""

    code = "name_missing"


class TagNameTaken(Problem):
    """Another tag has this name."""

    code = "name_taken"
    kind = Kind.CONFLICT
