"""Reading whole tables of a PostgreSQL database, on one snapshot that nobody can change.

It exists apart from the database port because that port's limits (a pool, 30 s a statement) are
for requests. What fills a database is `postgres_writer.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg

from pfh.adapters.bulk import texts
from pfh.adapters.bulk.reading import ReadingDatabase
from pfh.adapters.database.postgres_connection import PostgresConnection, prepare_connection
from pfh.adapters.database.postgres_errors import translate, unreachable
from pfh.adapters.database.postgres_options import PostgresOptions
from pfh.adapters.database.postgres_servers import PostgresServers
from pfh.ports.bulk import BooksInUse, BulkRow, Key, TableShape
from pfh.ports.database import Database, DatabaseTimeout, Unit

if TYPE_CHECKING:
    from pfh.ports.bulk import BulkReader

    RawConnection: TypeAlias = asyncpg.Connection[asyncpg.Record]

_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = ANY(current_schemas(false))"
_OTHERS: Final = """
    SELECT pid, application_name, COALESCE(host(client_addr), 'the server itself')
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'pfh%'
    ORDER BY pid"""
# What a process left that was killed a moment ago: the server notices it soon.
_LINGER_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.2


async def connect(options: PostgresOptions) -> RawConnection:
    """Open a connection without the limits of requests; a lock alone is waited for so long.

    Raises:
        DatabaseUnavailable: the server cannot be reached or refuses us.
    """
    unlimited = {
        "application_name": "pfh-move",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
    }
    try:
        servers = PostgresServers(options.url, "primary", tls=options.ssl)
        return await servers.connect(
            timeout=options.connect_seconds,
            server_settings={**options.server_settings(), **unlimited},
        )
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        raise unreachable(error) from error


async def refuse_other_hubs(raw: RawConnection) -> None:
    """Return when no other connection of a hub is there; raise `BooksInUse` when one stays."""
    until = monotonic() + _LINGER_SECONDS
    while others := await raw.fetch(_OTHERS):
        if monotonic() >= until:
            shown = ", ".join(f"{name} from {address}" for _, name, address in others[:3])
            raise BooksInUse(
                f"{len(others)} connection(s) of a hub are open on the database: {shown}.",
                fix="Stop every process of the hub, then run the move again.",
            )
        await asyncio.sleep(_LOOK_SECONDS)


class PostgresBulkReader:
    """Reads one database on one connection."""

    def __init__(self, raw: RawConnection) -> None:
        """Take an open connection over; use `open_reader`."""
        self._raw = raw
        # A proxy of a pool and the connection itself have the same methods.
        connection = PostgresConnection(raw, may_write=False)  # type: ignore[arg-type]

        async def driven(unit: Unit[Any]) -> Any:  # noqa: ANN401 -- the unit's own
            return await unit(connection)

        self._database = ReadingDatabase("postgres", driven)

    @property
    def database(self) -> Database:
        """Units on the same connection."""
        return self._database

    @asynccontextmanager
    async def hold(self, tables: Sequence[TableShape]) -> AsyncIterator[None]:
        """Lock every table against writers and keep one snapshot; see the port."""
        await refuse_other_hubs(self._raw)
        names = ", ".join(texts.quoted(table.name) for table in tables)
        async with self._raw.transaction(isolation="repeatable_read", readonly=True):
            try:
                # Readers pass, writers wait: until we are through, or gone.
                await self._raw.execute(f"LOCK TABLE {names} IN SHARE MODE")
            except asyncpg.PostgresError as error:
                translated = translate(error)
                if isinstance(translated, DatabaseTimeout):
                    raise BooksInUse(
                        "Another program writes to the database.",
                        fix="Let it end, then run the move again.",
                    ) from error
                raise translated from error
            yield

    async def present(self) -> frozenset[str]:
        """Return the names of the tables that there are."""
        return frozenset(str(row[0]) for row in await self._raw.fetch(_TABLES))

    async def count(self, table: TableShape) -> int:
        """Return how many rows a table has."""
        return int(await self._raw.fetchval(texts.count(table)))

    async def rows(
        self, table: TableShape, *, after: Key | None, limit: int
    ) -> AsyncIterator[list[BulkRow]]:
        """Yield the rows of a table beyond a key; see the port."""
        sql = texts.select(table, "postgres", after=after is not None)
        if self._raw.is_in_transaction():
            async for piece in self._pieces(sql, after or (), limit):
                yield piece
            return
        async with self._raw.transaction(isolation="repeatable_read", readonly=True):
            async for piece in self._pieces(sql, after or (), limit):
                yield piece

    async def _pieces(self, sql: str, after: Key, limit: int) -> AsyncIterator[list[BulkRow]]:
        cursor = await self._raw.cursor(sql, *after)
        while piece := await cursor.fetch(limit):
            yield list(map(tuple, piece))

    async def close(self) -> None:
        """Close the connection."""
        await self._raw.close()


async def open_reader(options: PostgresOptions) -> PostgresBulkReader:
    """Connect; raises `DatabaseUnavailable`."""
    raw = await connect(options)
    await prepare_connection(raw)
    return PostgresBulkReader(raw)


def as_dates(table: TableShape, rows: Sequence[BulkRow]) -> Sequence[tuple[object, ...]]:
    """Return the rows with the dates that the binary COPY takes instead of their ISO texts."""
    places = [n for n, kind in enumerate(table.kinds) if kind == "date"]
    if not places:
        return rows
    # Many rows share a day.
    known: dict[object, date | None] = {None: None}
    made = []
    for row in rows:
        values: list[object] = list(row)
        for place in places:
            text = values[place]
            if text not in known:
                known[text] = date.fromisoformat(str(text))
            values[place] = known[text]
        made.append(tuple(values))
    return made


if TYPE_CHECKING:

    def _reads_as_the_port_says(reader: PostgresBulkReader) -> BulkReader:
        return reader
