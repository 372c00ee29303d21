"""The backups port: making a backup of these very books at the place that the operator chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pfh.ports.services import Services


class Backups(Protocol):
    """Makes backups when they are due; of several processes one makes each."""

    @property
    def every_hours(self) -> int:
        """How many hours lie between two of them."""
        ...

    async def make_due(self, services: Services) -> bool:
        """Make a backup if one is due, and say whether one was made; it is recorded either way.

        Raises whatever hindered it; after an hour it is due again.
        """
        ...
