"""The metrics of backups; their values are in the books, so every process tells the same."""

from __future__ import annotations

from typing import Final

from prometheus_client import Gauge

from pfh.observability.metrics import REGISTRY

BACKUP_LAST_SUCCESS: Final = Gauge(
    "backup_last_success_timestamp_seconds",
    "When the last backup was made and verified, since the epoch; 0 never.",
    registry=REGISTRY,
)
BACKUP_LAST_FAILURE: Final = Gauge(
    "backup_last_failure_timestamp_seconds",
    "When a backup failed last, since the epoch; 0 never.",
    registry=REGISTRY,
)
BACKUP_SIZE: Final = Gauge(
    "backup_size_bytes", "Length of the last backup, sealed and compressed.", registry=REGISTRY
)
BACKUP_LAST_DRILL: Final = Gauge(
    "backup_last_drill_timestamp_seconds",
    "When a backup was last restored in a drill and proven, since the epoch; 0 never.",
    registry=REGISTRY,
)
BACKUP_LAST_DRILL_FAILURE: Final = Gauge(
    "backup_last_drill_failure_timestamp_seconds",
    "When a drill failed last, since the epoch; 0 never.",
    registry=REGISTRY,
)
BACKUP_DRILL_RTO: Final = Gauge(
    "backup_drill_rto_seconds",
    "How long the last drill took until the restored books were proven.",
    registry=REGISTRY,
)
BACKUP_RPO: Final = Gauge(
    "backup_rpo_seconds",
    "How much work the newest backup, or the log archive, lacked at the last drill.",
    registry=REGISTRY,
)
