"""The services of a process whose books are on PostgreSQL.

Each further server is chosen by its own setting; without it the embedded adapter serves.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.ports.services import Services
from pfh.runtime import embedded
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.settings import Settings


async def build(
    settings: Settings, database: PostgresSettings, stack: AsyncExitStack, *, exclusive: bool
) -> Services:
    """Open the pool and put the embedded adapters around it.

    Several hubs may share a data directory, since the truth is on the server: `exclusive` is for
    books that are in the directory itself.
    """
    del exclusive
    embedded.prepare_data_dir(settings, stack, exclusive=False)
    options = postgres_options(database)
    read_url = database.read_url
    opened = await open_postgres(
        options, None if read_url is None else replace(options, url=read_url)
    )
    stack.push_async_callback(opened.close)
    services = embedded.around(settings, opened, exclusive=False)
    return _with_mongo(services, settings.mongodb_uri, stack)


def postgres_options(database: PostgresSettings) -> PostgresOptions:
    """Return how the server that takes the writes is reached."""
    return PostgresOptions(
        url=database.url, pool_min=min(2, database.pool_size), pool_max=database.pool_size
    )


def _with_mongo(services: Services, uri: str | None, stack: AsyncExitStack) -> Services:
    if uri is None:
        return services
    from pfh.adapters.documents.mongo import open_mongo_documents
    from pfh.adapters.event_log.beside_documents import EventLogBesideDocuments

    documents = open_mongo_documents(uri)
    stack.push_async_callback(documents.close)
    event_log = EventLogBesideDocuments(services.database, documents)
    return replace(services, documents=documents, event_log=event_log)
