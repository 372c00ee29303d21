"""What can go wrong with an operator's wish about mail."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class MailNotFound(Problem):
    """There is no letter of this number in the outbox."""

    code = "mail_not_found"
    kind = Kind.NOT_FOUND


class MailNotDead(Problem):
    """The letter is not dead, or its link has expired: there is nothing to try again."""

    code = "mail_not_dead"
    kind = Kind.CONFLICT
