"""Looking into a migrated database, and giving it a migration that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.migrations.head import HEAD
from pfh.ports.database import Connection, Database

Result = TypeVar("Result")

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
    "postgres": "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
}
_FAILING = f'''"""Make a table, fill it, and fail.

Why: a test.
"""

import sqlalchemy as sa
from alembic import op

revision = "29990101_fail"
down_revision = "{HEAD}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("half_done", sa.Column("number", sa.Integer(), nullable=False))
    op.execute("INSERT INTO half_done (number) VALUES (1)")
    op.execute("UPDATE households SET name = 'half done'")
    op.execute("INSERT INTO half_done (number) VALUES (NULL)")


def downgrade() -> None:
    op.drop_table("half_done")
'''


def add_failing_migration(scripts: Path, folder: Path) -> Path:
    """Return a folder with the hub's own migrations and one that fails after its first steps."""
    folder.mkdir()
    for script in scripts.glob("*.py"):
        (folder / script.name).write_bytes(script.read_bytes())
    (folder / "2999-01-01_fail.py").write_text(_FAILING, encoding="utf-8")
    return folder


def in_database(url: str, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """Run `work` on the database port at an address of `runner`."""

    async def run() -> Result:
        database: Database
        if url.startswith("sqlite"):
            database = open_sqlite(Path(url.removeprefix("sqlite:///")))
        else:
            database = await open_postgres(PostgresOptions(url=url))
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def rows(url: str, sql: str | dict[str, str], *arguments: int | str) -> list[tuple[Any, ...]]:
    """Read rows; `sql` may differ by dialect."""

    async def look(database: Database) -> Sequence[Sequence[Any]]:
        text = sql if isinstance(sql, str) else sql[database.dialect]

        async def unit(connection: Connection) -> Sequence[Sequence[Any]]:
            return await connection.fetch_all(text, *arguments)

        return await database.read(unit)

    return [tuple(row) for row in in_database(url, look)]


def execute(url: str, *statements: str) -> None:
    """Run statements in one unit."""

    async def change(database: Database) -> None:
        async def unit(connection: Connection) -> None:
            for statement in statements:
                await connection.execute(statement)

        await database.write(unit)

    in_database(url, change)


def tables(url: str) -> set[str]:
    """Return the names of the tables."""
    return {str(name) for (name,) in rows(url, TABLES)} - {"sqlite_sequence", "sqlite_stat1"}
