"""The services of a process whose books are on PostgreSQL.

The database is the only server for now; everything else is the embedded adapter around it.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.ports.services import Services
from pfh.runtime import embedded
from pfh.runtime.settings import PostgresSettings, Settings


async def build(
    settings: Settings, database: PostgresSettings, stack: AsyncExitStack, *, exclusive: bool
) -> Services:
    """Open the pool and put the embedded adapters around it.

    Several hubs may share a data directory, since the truth is on the server: `exclusive` is for
    books that are in the directory itself.
    """
    del exclusive
    embedded.prepare_data_dir(settings, stack, exclusive=False)
    opened = await open_postgres(
        PostgresOptions(
            url=database.url,
            pool_min=min(2, database.pool_size),
            pool_max=database.pool_size,
        )
    )
    stack.push_async_callback(opened.close)
    return embedded.around(settings, opened, exclusive=False)
