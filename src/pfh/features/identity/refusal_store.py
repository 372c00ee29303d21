"""SQL of how often people were not let in: a row for each five minutes, outcome and reason."""

from __future__ import annotations

from typing import Final, NamedTuple

from pfh.ports.database import Connection

_ADD: Final = """
    INSERT INTO sign_in_refusals (began_at, event, reason, count) VALUES ($1, $2, $3, $4)
    ON CONFLICT (began_at, event, reason)
    DO UPDATE SET count = sign_in_refusals.count + excluded.count"""
_SUMS: Final = """
    SELECT event, reason, SUM(CASE WHEN began_at > $2 THEN count ELSE 0 END), SUM(count)
    FROM sign_in_refusals WHERE began_at > $1
    GROUP BY event, reason ORDER BY event, reason"""
_FORGET: Final = "DELETE FROM sign_in_refusals WHERE began_at < $1"


class Refusals(NamedTuple):
    """How often one outcome of one reason came in the last hour and in the last day."""

    event: str
    reason: str
    hour: int
    day: int


async def add_refusals(
    connection: Connection, began_at: int, counts: dict[tuple[str, str], int]
) -> None:
    """Add counts by (event, reason) to the five minutes that began at an instant."""
    # In one order for all, so that two processes never wait for each other's row.
    rows = [(began_at, *key, count) for key, count in sorted(counts.items())]
    await connection.execute_many(_ADD, rows)


async def sum_refusals(
    connection: Connection, *, day_since: int, hour_since: int
) -> list[Refusals]:
    """Sum what began after two instants, of which `day_since` is the earlier."""
    rows = await connection.fetch_all(_SUMS, day_since, hour_since)
    return [Refusals(str(row[0]), str(row[1]), int(row[2]), int(row[3])) for row in rows]


async def forget_refusals_before(connection: Connection, instant: int) -> int:
    """Delete what began before an instant and return how many rows it was."""
    return await connection.execute(_FORGET, instant)
