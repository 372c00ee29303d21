"""What a PostgreSQL server is doing, and ending what the hub's own role does there.

Nothing here can end a replica's connection, a backup, a vacuum or somebody else's work: only client
backends of the same role and database whose application name is one of the hub's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pfh.adapters.database.postgres_servers import PostgresServers

APPLICATION_NAME: Final = "pfh-ops"
_CONNECT_SECONDS: Final = 5.0
# Since version 13 the times of execution have the names that they have here.
_SLOW: Final = """
    SELECT calls, round(mean_exec_time::numeric, 1)::float AS mean_ms,
           round(max_exec_time::numeric, 1)::float AS max_ms,
           round(total_exec_time::numeric, 0)::float AS total_ms, rows,
           left(regexp_replace(query, '\\s+', ' ', 'g'), 160) AS query
    FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
    WHERE d.datname = current_database()
    ORDER BY {order} DESC LIMIT $1"""
_ORDERS: Final = {"mean": "mean_exec_time", "total": "total_exec_time", "max": "max_exec_time"}
_HAS_EXTENSION: Final = "SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"
_IS_LOADED: Final = """
    SELECT current_setting('shared_preload_libraries') ~ '(^|[, ])pg_stat_statements([, ]|$)'
           AS is_loaded"""
_CONNECTIONS: Final = """
    SELECT COALESCE(application_name, '') AS application, COALESCE(usename, '') AS role,
           COALESCE(state, backend_type) AS state, count(*) AS connections,
           COALESCE(max(extract(epoch FROM now() - state_change)), 0)::float AS longest_seconds,
           count(*) FILTER (WHERE cardinality(pg_blocking_pids(pid)) > 0) AS blocked
    FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender')
    GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"""
_BLOCKED: Final = """
    SELECT pid, pg_blocking_pids(pid)::text AS blocked_by,
           COALESCE(extract(epoch FROM now() - xact_start), 0)::float AS transaction_seconds,
           COALESCE(wait_event_type || ':' || wait_event, '') AS waits_for,
           left(regexp_replace(query, '\\s+', ' ', 'g'), 120) AS query
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND cardinality(pg_blocking_pids(pid)) > 0
    ORDER BY 3 DESC"""
_LIMITS: Final = """
    SELECT current_setting('max_connections')::int AS most,
           current_setting('superuser_reserved_connections')::int AS kept,
           (SELECT count(*) FROM pg_stat_activity
            WHERE backend_type IN ('client backend', 'walsender')) AS used"""
_OURS: Final = """
    backend_type = 'client backend' AND usename = current_user AND datname = current_database()
    AND (application_name = 'pfh' OR application_name LIKE 'pfh %') AND pid <> pg_backend_pid()"""
_CHOSEN: Final = f"""
    SELECT pid, COALESCE(application_name, '') AS application, state,
           extract(epoch FROM now() - CASE WHEN state = 'active' THEN query_start
                                           ELSE state_change END)::float AS seconds,
           left(regexp_replace(query, '\\s+', ' ', 'g'), 120) AS query,
           backend_start::text AS begun, COALESCE(query_start::text, '') AS asked
    FROM pg_stat_activity WHERE {_OURS}
      AND ($1::int IS NULL OR pid = $1)
      AND (CASE WHEN $2 THEN state LIKE 'idle in transaction%' ELSE state = 'active' END
           OR $1::int IS NOT NULL)
      AND extract(epoch FROM now() - CASE WHEN state = 'active' THEN query_start
                                          ELSE state_change END) >= $3
    ORDER BY 4 DESC"""
_END: Final = f"""
    SELECT {{function}}(pid) FROM pg_stat_activity
    WHERE {_OURS} AND pid = $1 AND backend_start::text = $2
      AND COALESCE(query_start::text, '') = $3"""


class StatementsMissing(Exception):
    """pg_stat_statements is not there; the text says which of its two steps is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which backends to end: one by its pid, the idle in transaction, or queries; all so old."""

    pid: int | None = None
    idle_in_transaction: bool = False
    older_than_seconds: int = 0


class PostgresActivity:
    """Asks the primary, over one connection of its own.

    Args:
        url: of the settings; several hosts may be named.
    """

    def __init__(self, url: str) -> None:
        """Keep where it is; nothing is asked yet."""
        self._servers = PostgresServers(url, "primary")

    async def slow_queries(self, *, order: str, limit: int) -> list[dict[str, Any]]:
        """Return the statements that took longest, by `mean`, `total` or `max`.

        Raises:
            StatementsMissing: with the step that installs it.
        """
        [loaded] = await self._rows(_IS_LOADED)
        if not loaded["is_loaded"]:
            raise StatementsMissing(
                "pg_stat_statements is not loaded: add it to shared_preload_libraries, restart"
                " the server, then run CREATE EXTENSION pg_stat_statements in this database"
            )
        if not await self._rows(_HAS_EXTENSION):
            raise StatementsMissing(
                "pg_stat_statements is loaded and not installed: run CREATE EXTENSION"
                " pg_stat_statements in this database, as its owner or a superuser"
            )
        return await self._rows(_SLOW.format(order=_ORDERS[order]), limit)

    async def connections(self) -> list[dict[str, Any]]:
        """Return the connections by application, role and state, the most first."""
        return await self._rows(_CONNECTIONS)

    async def blocked(self) -> list[dict[str, Any]]:
        """Return who waits for a lock, and for whom."""
        return await self._rows(_BLOCKED)

    async def limits(self) -> tuple[int, int, int]:
        """Return how many connections there may be, are kept for superusers, and are."""
        [row] = await self._rows(_LIMITS)
        most, kept, used = row.values()
        return int(most), int(kept), int(used)

    async def chosen(self, what: Chosen) -> list[dict[str, Any]]:
        """Return the hub's own backends that a choice means, the oldest first."""
        return await self._rows(
            _CHOSEN, what.pid, what.idle_in_transaction, what.older_than_seconds
        )

    async def end(self, backend: dict[str, Any], *, terminate: bool) -> bool:
        """Cancel what a backend of `chosen` does, or end it; False when it does that no more."""
        function = "pg_terminate_backend" if terminate else "pg_cancel_backend"
        sql = _END.format(function=function)
        return bool(await self._rows(sql, backend["pid"], backend["begun"], backend["asked"]))

    async def _rows(self, sql: str, *arguments: object) -> list[dict[str, Any]]:
        settings = {"application_name": APPLICATION_NAME, "statement_timeout": "10000"}
        connection = await self._servers.connect(timeout=_CONNECT_SECONDS, server_settings=settings)
        try:
            return [dict(row) for row in await connection.fetch(sql, *arguments)]
        finally:
            connection.terminate()
