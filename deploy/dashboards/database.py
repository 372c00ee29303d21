"""`pfh-database`: pools, PostgreSQL, its replica and its log."""

from __future__ import annotations

from deploy.dashboards.page import Line, Page, Panel, rate

_EXPORTER = "postgres_exporter"
_HIT = rate("pg_stat_database_blks_hit", "server")
PAGE = Page(
    uid="pfh-database",
    title="Database",
    description="The hub's pools, PostgreSQL itself, its replica and its log.",
    runbook=(
        ("Pool", "database-connection-pool-exhaustion"),
        ("Slow statements", "database-optimization"),
        ("Failover", "failover-of-postgresql"),
        ("Disk", "disk-full"),
    ),
    rows=(
        (
            "Pools of the hub",
            (
                Panel(
                    title="Pool in use", unit="percentunit",
                    description="Connections at work, of those that a process may open.",
                    lines=(Line("job_pool:db_pool:used_ratio", "{{job}} {{pool}}"),),
                    warning=0.8, critical=0.95,
                ),
                Panel(
                    title="Waiting for a connection", unit="short",
                    description="Units of work that wait, by pool.",
                    lines=(Line("sum by (job, pool) (db_pool_waiting)", "{{job}} {{pool}}"),),
                    warning=1,
                ),
                Panel(
                    title="Time to get a connection", unit="s",
                    description="99 of 100 units of work wait less.",
                    lines=(
                        Line(
                            "histogram_quantile(0.99, sum by (job, le)"
                            " (rate(db_pool_acquire_seconds_bucket[$__rate_interval])))",
                            "{{job}}",
                        ),
                    ),
                ),
                Panel(
                    title="Units of work", unit="ops", description="Reads and writes a second.",
                    lines=(
                        Line(
                            "sum by (mode) (rate(db_unit_seconds_count[$__rate_interval]))",
                            "{{mode}}",
                        ),
                    ),
                ),
                Panel(
                    title="Time of a unit of work", unit="s",
                    description="95 of 100 units are quicker, from asking to durable.",
                    lines=(
                        Line(
                            "histogram_quantile(0.95, sum by (mode, le)"
                            " (rate(db_unit_seconds_bucket[$__rate_interval])))",
                            "{{mode}}",
                        ),
                    ),
                ),
                Panel(
                    title="Replica", unit="s",
                    description="Age of the oldest write that the read replica does not show.",
                    lines=(Line("max by (job) (db_replica_lag_seconds)", "{{job}}"),),
                    warning=30, critical=300,
                ),
            ),
        ),
        (
            "PostgreSQL",
            (
                Panel(
                    title="Connections", unit="percentunit", needs=_EXPORTER,
                    description="Of max_connections, by server.",
                    lines=(Line("server:pg_connections:used_ratio", "{{server}}"),),
                    warning=0.8, critical=0.95,
                ),
                Panel(
                    title="Connections by state", unit="short", needs=_EXPORTER,
                    description="Many that are idle in a transaction hold locks.",
                    lines=(
                        Line(
                            "sum by (server, state) (pg_stat_activity_count)",
                            "{{server}} {{state}}",
                        ),
                    ),
                ),
                Panel(
                    title="Transactions", unit="ops", needs=_EXPORTER,
                    description="Committed and rolled back, a second.",
                    lines=(
                        Line(
                            rate("pg_stat_database_xact_commit", "server"),
                            "{{server}} committed",
                        ),
                        Line(
                            rate("pg_stat_database_xact_rollback", "server"),
                            "{{server}} rolled back",
                        ),
                    ),
                ),
                Panel(
                    title="Slowest statements", unit="s", needs=f"{_EXPORTER} (stat_statements)",
                    description="Seconds of work in a second, of the ten that take the most time.",
                    lines=(
                        Line(
                            "topk(10, sum by (queryid)"
                            " (rate(pg_stat_statements_seconds_total[$__rate_interval])))",
                            "{{queryid}}",
                        ),
                    ),
                ),
                Panel(
                    title="Long transactions", unit="short",
                    needs=f"{_EXPORTER} (long_running_transactions)",
                    description="Transactions older than so many seconds.",
                    lines=(
                        Line(
                            "max by (server, threshold) (pg_long_running_transactions_count)",
                            "{{server}} > {{threshold}} s",
                        ),
                    ),
                    warning=1,
                ),
                Panel(
                    title="Locks", unit="short", needs=_EXPORTER,
                    description="Locks that are held or waited for, by mode.",
                    lines=(Line("sum by (mode) (pg_locks_count)", "{{mode}}"),),
                ),
                Panel(
                    title="Deadlocks", unit="ops", needs=_EXPORTER,
                    description="Transactions that were ended because each waited for another.",
                    lines=(
                        Line(
                            rate("pg_stat_database_deadlocks", "server"),
                            "{{server}}",
                        ),
                    ),
                ),
                Panel(
                    title="Blocks found in memory", unit="percentunit", needs=_EXPORTER,
                    description="Blocks that need not be read from disk, of all.",
                    lines=(
                        Line(
                            f"{_HIT} / ({_HIT} + {rate('pg_stat_database_blks_read', 'server')})",
                            "{{server}}",
                        ),
                    ),
                ),
                Panel(
                    title="Size", unit="bytes", needs=_EXPORTER, description="Of each database.",
                    lines=(
                        Line(
                            "max by (server, datname) (pg_database_size_bytes)",
                            "{{server}} {{datname}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            "Replication",
            (
                Panel(
                    title="Replay", unit="s", needs=_EXPORTER,
                    description="Since the last transaction that the standby replayed.",
                    lines=(Line("max by (server) (pg_replication_lag_seconds)", "{{server}}"),),
                ),
                Panel(
                    title="Log until a slot is given up", unit="bytes", needs=_EXPORTER,
                    description="What may still be written before the standby must be copied anew.",
                    lines=(
                        Line(
                            "min by (server, slot_name) (pg_replication_slot_safe_wal_size_bytes)",
                            "{{server}} {{slot_name}}",
                        ),
                    ),
                    warning=2 * 1024**3, critical=512 * 1024**2, low_is_bad=True,
                ),
                Panel(
                    title="Slots", unit="bool_yes_no", needs=_EXPORTER,
                    description="Whether somebody reads from the slot.",
                    lines=(
                        Line(
                            "max by (server, slot_name) (pg_replication_slot_slot_is_active)",
                            "{{server}} {{slot_name}}",
                        ),
                    ),
                ),
            ),
        ),
    ),
)  # fmt: skip
