"""What comes before serving: migrations, and a demo household for `pfh run` with empty books.

The work runs in a process of its own (`python -m pfh.entry.cli.prepare`), because the hub would
otherwise carry Alembic and SQLAlchemy, 45 MiB, for the rest of its life. Prepared books need none.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Final

from pfh.entry.cli.migrate import upgrade
from pfh.entry.cli.outcome import EXIT_DONE
from pfh.ports.database import Connection
from pfh.ports.services import Services
from pfh.runtime.schema import is_current
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings, SqliteSettings, load_settings

_ANYBODY: Final = "SELECT 1 FROM users LIMIT 1"
_NO_DEMO: Final = "--no-demo"


def prepare(settings: Settings, *, demo: bool) -> int:
    """Bring the books to where they can be served and return an exit code; prints what it did.

    Raises:
        DatabaseUnavailable: the books cannot be opened.
    """
    if asyncio.run(_is_prepared(settings, demo=demo)):
        return EXIT_DONE
    arguments = [sys.executable, "-m", "pfh.entry.cli.prepare"]
    # The interpreter and our own module; nothing of it comes from a user.
    return subprocess.run(  # noqa: S603
        arguments if demo else [*arguments, _NO_DEMO], check=False
    ).returncode


async def _is_prepared(settings: Settings, *, demo: bool) -> bool:
    database = settings.database
    if isinstance(database, SqliteSettings) and not database.path.exists():
        return False

    async with open_services(settings) as services:
        if not await is_current(services.database):
            return False
        return not demo or await services.database.read(_has_users)


async def _has_users(connection: Connection) -> bool:
    return await connection.fetch_value(_ANYBODY) is not None


async def _fill(settings: Settings) -> None:
    async with open_services(settings) as services:
        if not await services.database.read(_has_users):
            await _demo(services)


async def _demo(services: Services) -> None:
    from pfh.features.demo.api import create_demo_household

    made = await create_demo_household(services)
    sys.stdout.write(
        f"A demo household with {made.transaction_count} transactions is ready. Sign in with\n"
        f"  e-mail    {made.email}\n"
        f"  password  {made.password}   (shown only now)\n"
    )


def main() -> int:
    """Prepare in this process; what `prepare` starts."""
    settings = load_settings()
    code = upgrade(settings)
    if code == EXIT_DONE and _NO_DEMO not in sys.argv:
        asyncio.run(_fill(settings))
    return code


if __name__ == "__main__":
    sys.exit(main())
