"""The session port: is this session still alive, asked on every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in device; instants in microseconds."""

    session_id: int
    user_id: int
    household_id: int
    household_role: str
    role: str
    epoch: int
    expires_at: int


class Sessions(Protocol):
    """Keeps the live sessions.

    Guarantee: once `revoke` or `revoke_user` returned, no process finds the session alive.
    """

    async def find(self, session_id: int) -> Session | None:
        """Return the session when it is alive, else None."""
        ...

    async def remember(self, session: Session) -> None:
        """Make a session findable (after its row was committed)."""
        ...

    async def revoke(self, session_id: int) -> None:
        """End one session."""
        ...

    async def revoke_user(self, user_id: int) -> None:
        """End every session of a user."""
        ...
