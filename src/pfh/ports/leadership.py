"""The leadership port: one process at a time does a kind of work."""

from __future__ import annotations

from typing import Protocol


class Lease(Protocol):
    """Being the one, as far as can be known.

    Whoever held it may learn late that it is over, so what is done under it must be harmless when
    another one began meanwhile; it saves work and order, it is no lock around money.
    """

    async def confirm(self) -> bool:
        """Ask, in bounded time, whether it still holds; False is for good."""
        ...

    async def release(self) -> None:
        """Give it back, so that another may lead at once."""
        ...


class Leadership(Protocol):
    """Gives out the lead for each kind of work, to one process of the installation.

    A leader that dies loses it at once; one whose machine falls silent, within five seconds.
    """

    async def try_lead(self, work: str) -> Lease | None:
        """Return the lease, None while another leads.

        Raises:
            DatabaseUnavailable: nobody can say who leads.
        """
        ...
