"""At which migration the books are, asked without Alembic, which costs 0.3 s to import.

Books that are newer than the program are fit as long as no later migration has taken away what the
program uses: while a new version is rolled out, both run (docs/decisions/0026).
"""

from __future__ import annotations

from typing import Final

from pfh.migrations.head import HEAD
from pfh.ports.database import Connection, Database

_REVISION: Final = "SELECT version_num FROM alembic_version"
_HAS_TABLE: Final = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
    "postgres": "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
}
# Both revisions were applied, ours before theirs, and none since demands a newer program than ours.
_WORKS: Final = """
    SELECT 1
    FROM schema_revisions ours JOIN schema_revisions theirs ON theirs.revision = $2
    WHERE ours.revision = $1 AND ours.ordinal < theirs.ordinal
      AND ours.ordinal >= (SELECT MAX(oldest_ordinal) FROM schema_revisions)"""


async def revision(connection: Connection) -> str | None:
    """Return the revision of the books, None when they were never migrated; a unit of work."""
    if not await connection.fetch_value(_HAS_TABLE[connection.dialect], "alembic_version"):
        return None
    found = await connection.fetch_value(_REVISION)
    return None if found is None else str(found)


async def fits(connection: Connection, found: str | None) -> bool:
    """Say whether this program works with books of the revision `found`; a unit of work."""
    if found is None or found == HEAD:
        return found == HEAD
    if not await connection.fetch_value(_HAS_TABLE[connection.dialect], "schema_revisions"):
        return False
    return await connection.fetch_value(_WORKS, HEAD, found) is not None


async def is_current(database: Database) -> bool:
    """Say whether the books have the tables that this program needs."""

    async def unit(connection: Connection) -> bool:
        return await fits(connection, await revision(connection))

    return await database.read(unit)
