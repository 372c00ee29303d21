"""The leadership port of an installation that is one process: it always leads."""

from __future__ import annotations


class _OwnLease:
    """Held for as long as the process lives."""

    async def confirm(self) -> bool:
        """Return True."""
        return True

    async def release(self) -> None:
        """Do nothing: there is nobody to take over."""


class AloneLeadership:
    """Leads everything; see the port."""

    async def try_lead(self, work: str) -> _OwnLease:
        """Return the lease."""
        del work
        return _OwnLease()
