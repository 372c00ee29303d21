"""The statements of both bulk adapters; names come from the schema, never from a person."""

from __future__ import annotations

from typing import Final

from pfh.ports.bulk import TableShape
from pfh.ports.database import Dialect

MARKS_TABLE: Final = "move_marks"
CREATE_MARKS: Final = (
    "CREATE TABLE move_marks (name TEXT NOT NULL PRIMARY KEY, content TEXT NOT NULL)"
)
DROP_MARKS: Final = "DROP TABLE move_marks"
READ_MARKS: Final = "SELECT name, content FROM move_marks"
CLEAR_MARKS: Final = "DELETE FROM move_marks"
SET_MARK: Final = (
    "INSERT INTO move_marks (name, content) VALUES ($1, $2)"
    " ON CONFLICT (name) DO UPDATE SET content = excluded.content"
)
SET_REVISION: Final = "UPDATE alembic_version SET version_num = $1"


def quoted(name: str) -> str:
    """Return a name that no keyword of either dialect can clash with."""
    return f'"{name}"'


def select(table: TableShape, dialect: Dialect, *, after: bool) -> str:
    """Return what reads a table in the order of its key, beyond `$1, $2, …` when `after`."""
    columns = ", ".join(map(quoted, table.columns))
    order = [_ordered(table, position, dialect) for position in table.key]
    beyond = ""
    if after:
        sign = "?" if dialect == "sqlite" else "$"
        values = ", ".join(f"{sign}{n + 1}" for n in range(len(table.key)))
        beyond = f" WHERE ({', '.join(order)}) > ({values})"
    name = quoted(table.name)
    return f"SELECT {columns} FROM {name}{beyond} ORDER BY {', '.join(order)}"  # noqa: S608 -- see above


def count(table: TableShape) -> str:
    """Return what counts the rows of a table."""
    return f"SELECT COUNT(*) FROM {quoted(table.name)}"  # noqa: S608 -- see above


def _ordered(table: TableShape, position: int, dialect: Dialect) -> str:
    name = quoted(table.columns[position])
    # SQLite compares the bytes of a text; PostgreSQL goes by its locale unless it is told.
    if dialect == "postgres" and table.kinds[position] == "text":
        return f'{name} COLLATE "C"'
    return name
