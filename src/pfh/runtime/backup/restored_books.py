"""Opening restored books and proving them, apart from the servers of the running hub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pfh.adapters.backup.archive import Manifest
from pfh.features.admin import api as admin
from pfh.features.dashboard import api as dashboard
from pfh.ports.services import Services
from pfh.runtime.server_settings import ServerSettings
from pfh.runtime.services import open_services
from pfh.runtime.settings import DatabaseSettings, Settings
from pfh.runtime.third_party_settings import ThirdPartySettings


@dataclass(frozen=True, slots=True)
class RestoredBooks:
    """Where books were restored to, from what, and each fault that `pfh verify` finds in them."""

    settings: Settings
    manifest: Manifest
    faults: list[str]


def restored_settings(settings: Settings, database: DatabaseSettings) -> Settings:
    """Return settings that reach the restored database and nothing else that the hub uses."""
    return replace(
        settings,
        database=database,
        mongodb_uri=None,
        servers=ServerSettings(),
        third_parties=ThirdPartySettings(),
    )


async def prove_restored(
    restored: Settings, *, rebuild: bool, progress: Callable[[str, int, int], None]
) -> list[str]:
    """Do what `pfh verify` does on restored books, and return each fault.

    `rebuild` makes the read models first, when the backup's own were on another server.
    """
    async with open_services(restored, exclusive=False) as services:
        households = await admin.all_households(services)
        faults = []
        for done, household_id in enumerate(households):
            progress("verify", done, len(households))
            if rebuild:
                await dashboard.rebuild(services, household_id)
            faults += await _faults(services, household_id)
        progress("verify", len(households), len(households))
    return faults


async def _faults(services: Services, household_id: int) -> list[str]:
    checks = await admin.prove_household(services, household_id)
    return [f"{check.name}: {fault}" for check in checks for fault in check.faults]
