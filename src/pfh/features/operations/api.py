"""What the web entry, commands and other features may ask of operations."""

from __future__ import annotations

from pfh.features.operations.audit import (
    AUDIT_DETAIL,
    PAGE_MAX,
    begin_audit,
    complete_audit,
    list_audit,
    refuse_audit,
)
from pfh.features.operations.block_addresses import (
    BlockWish,
    block_addresses,
    list_blocks,
    unblock,
    unblock_range,
)
from pfh.features.operations.durations import duration_seconds, instant_of
from pfh.features.operations.errors import AddressBlocked
from pfh.features.operations.hold_books import (
    Maintenance,
    begin_maintenance,
    end_maintenance,
    find_maintenance,
    is_read_only,
)
from pfh.features.operations.jobs import Job, begin_job, find_job, list_jobs
from pfh.features.operations.run_jobs import Jobs
from pfh.features.operations.store import AuditRecord, Block
from pfh.features.operations.switches import Switches

__all__ = [
    "AUDIT_DETAIL",
    "PAGE_MAX",
    "AddressBlocked",
    "AuditRecord",
    "Block",
    "BlockWish",
    "Job",
    "Jobs",
    "Maintenance",
    "Switches",
    "begin_audit",
    "begin_job",
    "begin_maintenance",
    "block_addresses",
    "complete_audit",
    "duration_seconds",
    "end_maintenance",
    "find_job",
    "find_maintenance",
    "instant_of",
    "is_read_only",
    "list_audit",
    "list_blocks",
    "list_jobs",
    "refuse_audit",
    "unblock",
    "unblock_range",
]
