"""Who asks: the authenticated person behind a request or a command line."""

from __future__ import annotations

from dataclasses import dataclass

from pfh.core.errors import Kind, Problem


class NotAllowed(Problem):
    """The person is known but lacks the right."""

    code = "forbidden"
    kind = Kind.FORBIDDEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One person in one household; every use-case takes one and looks only into that household."""

    user_id: int
    household_id: int
    household_role: str  # owner | member | viewer
    role: str  # user | admin
    session_id: int
    correlation_id: str

    def require_writer(self) -> None:
        """Refuse viewers."""
        if self.household_role == "viewer":
            message = "You can look at this household but not change it."
            raise NotAllowed(message, fix="Ask an owner of the household for the member role.")

    def require_admin(self) -> None:
        """Refuse everyone but administrators of the installation."""
        if self.role != "admin":
            message = "Only an administrator of this hub may do that."
            raise NotAllowed(message, fix="Sign in as an administrator.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who administers the installation, in whatever way they came.

    Attributes:
        name: `user:123`, `token:456 os:ann on host` or, on the command line, `os:ann on host`.
        address: the network address that the server trusts, or `command line`.
        correlation_id: of the call.
    """

    name: str
    address: str
    correlation_id: str
