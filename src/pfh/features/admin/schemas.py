"""The JSON of the admin API."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from pfh.core.instant import instant_text
from pfh.features.admin.warm_cache import KNOWN, PATTERNS_MAX
from pfh.features.operations.api import AuditRecord, Block, Job, Maintenance


class BlockBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An address or a range to refuse; `ttl` in seconds, or as text such as 90s, 5m, 1h or 7d."""

    cidr: str
    ttl: int | str
    reason: str


class BlockAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A range that is refused, by whom, why and how long."""

    id: str
    cidr: str
    reason: str
    created_by: str
    created_at: str
    expires_at: str


class BlocksAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """Every range that is refused now, the newest first."""

    items: list[BlockAnswer]


class SessionsRevokedAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """Whose sessions were ended, and how many were alive."""

    user_id: str
    ended: int


class MaintenanceBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Why the books are held; `until` is an instant of RFC 3339, absent to end it by hand."""

    reason: str
    until: str | None = None


class MaintenanceAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """Whether the books are held, and if so by whom, why, since when and until when."""

    on: bool
    reason: str | None = None
    created_by: str | None = None
    created_at: str | None = None
    expires_at: str | None = None


class WarmBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which keys of the cache to fill, by pattern."""

    patterns: Annotated[
        list[str],
        Meta(min_length=1, max_length=PATTERNS_MAX, description=f"Known are {KNOWN}."),
    ]


class JobAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A job and how far it is.

    `total`, `done` and `failed` count households. `status` is running, done, failed (nothing could
    be done) or lost (its process ended before it); `endedAt` is null while it runs.
    """

    job_id: str
    kind: str
    status: str
    patterns: list[str]
    total: int
    done: int
    failed: int
    created_by: str
    started_at: str
    ended_at: str | None


class AuditEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One call of an operator.

    `outcome` is the HTTP status or the exit code of a command; null while it runs, or when its
    process died before it ended. `detail` is what was asked for, beyond the path.
    """

    id: str
    occurred_at: str
    actor: str
    action: str
    target: str
    address: str
    correlation_id: str
    detail: dict[str, str | int] | None
    outcome: str | None


class AuditAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A page of the audit, the newest first; `before` of the next page, null at the end."""

    items: list[AuditEntry]
    next_before: str | None


class AuditQuery(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """Which page: those before an id (`nextBefore` of the page before), 200 at most."""

    before: str | None = None
    limit: int = 50


def block_answer(block: Block) -> BlockAnswer:
    """Show a block."""
    return BlockAnswer(
        id=str(block.block_id),
        cidr=block.cidr,
        reason=block.reason,
        created_by=block.created_by,
        created_at=instant_text(block.created_at),
        expires_at=instant_text(block.expires_at),
    )


def maintenance_answer(held: Maintenance | None) -> MaintenanceAnswer:
    """Show whether the books are held."""
    if held is None:
        return MaintenanceAnswer(on=False)
    return MaintenanceAnswer(
        on=True,
        reason=held.reason,
        created_by=held.created_by,
        created_at=instant_text(held.created_at),
        expires_at=None if held.expires_at is None else instant_text(held.expires_at),
    )


def job_answer(job: Job) -> JobAnswer:
    """Show a job."""
    return JobAnswer(
        job_id=str(job.job_id),
        kind=job.kind,
        status=job.status,
        patterns=job.patterns.split(),
        total=job.total,
        done=job.done,
        failed=job.failed,
        created_by=job.created_by,
        started_at=instant_text(job.started_at),
        ended_at=None if job.ended_at is None else instant_text(job.ended_at),
    )


def audit_entry(record: AuditRecord) -> AuditEntry:
    """Show a call."""
    return AuditEntry(
        id=str(record.audit_id),
        occurred_at=instant_text(record.occurred_at),
        actor=record.actor,
        action=record.action,
        target=record.target,
        address=record.address,
        correlation_id=record.correlation_id,
        detail=None if record.detail is None else msgspec.json.decode(record.detail),
        outcome=record.outcome,
    )
