"""Backups that a running hub makes by itself."""

from __future__ import annotations

from pfh.features.backup import api as backups
from pfh.ports.services import Services
from pfh.runtime.settings import Settings


class ScheduledBackups:
    """Makes a backup of the installation when the last one is too old."""

    def __init__(self, settings: Settings, every_hours: int) -> None:
        """Take the settings, and how often."""
        self._settings = settings
        self._every_hours = every_hours

    @property
    def every_hours(self) -> int:
        """See the port."""
        return self._every_hours

    async def make_due(self, services: Services) -> bool:
        """Make one if it is due; see the port."""
        record = await backups.begin_due_backup(services, every_hours=self._every_hours)
        if record is None:
            return False
        # What packs and seals is loaded when it is needed, not when the hub starts.
        from pfh.runtime.backup.make_backup import make_backup

        await make_backup(self._settings, services, lambda *_: None, record=record)
        return True
