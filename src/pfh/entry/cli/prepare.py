"""What `pfh run` does before it serves: migrate, and fill empty books with a demo household."""

from __future__ import annotations

import asyncio

from pfh.entry.cli.migrate import upgrade
from pfh.ports.database import Connection, DatabaseUnavailable
from pfh.ports.services import Services
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings

_ANYBODY = "SELECT 1 FROM users LIMIT 1"


def prepare(settings: Settings, *, demo: bool) -> str:
    """Bring the books to where they can be served and return the words to greet with.

    Raises:
        DatabaseUnavailable: the books cannot be opened or migrated.
    """
    if upgrade(settings) != 0:
        raise DatabaseUnavailable("the migrations did not run; see above")
    return asyncio.run(_fill(settings)) if demo else _greeting("")


async def _fill(settings: Settings) -> str:
    async with open_services(settings) as services:
        if await services.database.read(_has_users):
            return _greeting("")
        return _greeting(await _demo(services))


async def _has_users(connection: Connection) -> bool:
    return await connection.fetch_value(_ANYBODY) is not None


async def _demo(services: Services) -> str:
    from pfh.features.demo.api import create_demo_household

    made = await create_demo_household(services)
    return (
        "  A demo household is ready; its password is shown only now:\n"
        f"    {made.email}\n    {made.password}\n"
    )


def _greeting(demo: str) -> str:
    return f"\nPersonal Finance Hub is running.\n{demo}"
