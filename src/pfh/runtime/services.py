"""Building the services from the settings: the only place that chooses a backend.

Opened once by `entry`; everything else receives the frozen `Services`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from pfh.ports.services import Services
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.server_settings import ServerSettings
from pfh.runtime.settings import Settings, SqliteSettings
from pfh.runtime.third_party_settings import ThirdPartySettings

__all__ = ["Services", "open_services"]


@asynccontextmanager
async def open_services(settings: Settings, *, exclusive: bool = True) -> AsyncIterator[Services]:
    """Open every backend and close them in reverse order.

    Args:
        settings: what the operator chose.
        exclusive: hold the data directory, so that no second hub uses it; False for a command
            that may run beside a hub.

    Raises:
        DatabaseUnavailable: the data directory or the server cannot be used.
    """
    async with AsyncExitStack() as stack:
        services = await _on_database(settings, stack, exclusive=exclusive)
        if settings.servers != ServerSettings():
            from pfh.runtime import servers

            services = await servers.around(services, settings.servers, stack)
        if settings.third_parties != ThirdPartySettings():
            from pfh.runtime import third_parties

            services = third_parties.around(services, settings, stack)
        if settings.backup.every_hours is not None:
            from pfh.runtime.backup.scheduled import ScheduledBackups

            services = replace(
                services, backups=ScheduledBackups(settings, settings.backup.every_hours)
            )
        yield services


async def _on_database(settings: Settings, stack: AsyncExitStack, *, exclusive: bool) -> Services:
    match settings.database:
        case SqliteSettings():
            from pfh.runtime import embedded

            return await embedded.build(settings, settings.database, stack, exclusive=exclusive)
        case PostgresSettings():
            from pfh.runtime import cluster

            return await cluster.build(settings, settings.database, stack, exclusive=exclusive)
