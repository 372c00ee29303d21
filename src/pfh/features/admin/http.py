"""The JSON face of the administration; who may come here is decided, limited and recorded before.

Every handler has the option ADMINISTERS, which a test asks of each route of `/api/admin/`.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath

from pfh.features.admin.schemas import (
    AuditAnswer,
    AuditQuery,
    BlockAnswer,
    BlockBody,
    BlocksAnswer,
    JobAnswer,
    MaintenanceAnswer,
    MaintenanceBody,
    SessionsRevokedAnswer,
    WarmBody,
    audit_entry,
    block_answer,
    job_answer,
    maintenance_answer,
)
from pfh.features.admin.warm_cache import warm_cache
from pfh.features.identity import api as identity
from pfh.features.operations import api as operations
from pfh.features.web.api import (
    ADMINISTERS,
    OPERATOR_OPTION,
    describe,
    identifier,
    note,
    parse_body,
    parse_query,
    services_of,
    switches_of,
)
from pfh.ports.actor import Operator

AdminRequest: TypeAlias = Request[Operator, Any, Any]
"""A request by somebody who may operate the hub."""
_TAG: Final = "Administration"
_IDENTIFIER_MAX: Final = 2**63 - 1
_BLOCK: Final = msgspec.json.Decoder(BlockBody)
_WARM: Final = msgspec.json.Decoder(WarmBody)
_MAINTENANCE: Final = msgspec.json.Decoder(MaintenanceBody)


def _describe(summary: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 -- the fields of Operation
    return {**describe(summary, tag=_TAG, **parts), OPERATOR_OPTION: ADMINISTERS}


@post(
    "/api/admin/users/{user_id:str}/sessions/revoke",
    status_code=200,
    opt=_describe(
        "End every session of a person, at once", answer=SessionsRevokedAnswer, limited=True
    ),
)
async def revoke_sessions(request: AdminRequest, user_id: FromPath[str]) -> SessionsRevokedAnswer:
    """End the sessions, with their refresh tokens and the access tokens that are still good."""
    services = services_of(request)
    wanted = identifier(user_id)
    ended = await identity.revoke_sessions_of(services, request.user, wanted)
    note(request, ended=ended)
    return SessionsRevokedAnswer(user_id=str(wanted), ended=ended)


@get("/api/admin/blocks", opt=_describe("List the refused addresses", answer=BlocksAnswer))
async def blocks(request: AdminRequest) -> BlocksAnswer:
    """List what is refused now."""
    found = await operations.list_blocks(services_of(request))
    return BlocksAnswer(items=[block_answer(block) for block in found])


@post(
    "/api/admin/blocks",
    opt=_describe(
        "Refuse an address or a range of them for a while",
        body=BlockBody,
        answer=BlockAnswer,
        status=201,
        problems=(409,),
        limited=True,
    ),
)
async def block(request: AdminRequest) -> BlockAnswer:
    """Refuse a range; the same range again gets the new end and reason."""
    body = await parse_body(request, _BLOCK)
    note(request, cidr=body.cidr[:60], ttl=str(body.ttl)[:20], reason=body.reason[:200])
    seconds = body.ttl
    if isinstance(seconds, str):
        seconds = operations.duration_seconds(seconds, field="ttl")
    wish = operations.BlockWish(cidr=body.cidr, seconds=seconds, reason=body.reason)
    made = await operations.block_addresses(services_of(request), request.user, wish)
    await switches_of(request).refresh()
    return block_answer(made)


@delete(
    "/api/admin/blocks/{block_id:str}",
    status_code=204,
    opt=_describe("Let a refused range in again", status=204, limited=True),
)
async def unblock(request: AdminRequest, block_id: FromPath[str]) -> None:
    """Let the range in."""
    removed = await operations.unblock(services_of(request), identifier(block_id))
    note(request, cidr=removed.cidr)
    await switches_of(request).refresh()


@get(
    "/api/admin/maintenance",
    opt=_describe("Tell whether the hub is read-only", answer=MaintenanceAnswer),
)
async def maintenance(request: AdminRequest) -> MaintenanceAnswer:
    """Tell it from the database."""
    return maintenance_answer(await operations.find_maintenance(services_of(request)))


@put(
    "/api/admin/maintenance",
    opt=_describe(
        "Make the hub read-only", body=MaintenanceBody, answer=MaintenanceAnswer, limited=True
    ),
)
async def begin_maintenance(request: AdminRequest) -> MaintenanceAnswer:
    """Refuse every write with 503, in every process within two seconds; reading goes on."""
    body = await parse_body(request, _MAINTENANCE)
    note(request, reason=body.reason[:200], until=(body.until or "")[:40])
    until = None if body.until is None else operations.instant_of(body.until, field="until")
    held = await operations.begin_maintenance(
        services_of(request), request.user, reason=body.reason, until=until
    )
    await switches_of(request).refresh()
    return maintenance_answer(held)


@delete(
    "/api/admin/maintenance",
    status_code=204,
    opt=_describe("Let everybody write again", status=204, limited=True),
)
async def end_maintenance(request: AdminRequest) -> None:
    """End it; ending what is not on is fine."""
    await operations.end_maintenance(services_of(request))
    await switches_of(request).refresh()


@post(
    "/api/admin/cache/warm",
    status_code=202,
    opt=_describe(
        "Fill the cache before people ask",
        body=WarmBody,
        answer=JobAnswer,
        status=202,
        problems=(409,),
        limited=True,
    ),
)
async def warm(request: AdminRequest) -> JobAnswer:
    """Begin a job in this process, or name the one that does the same already."""
    body = await parse_body(request, _WARM)
    note(request, patterns=" ".join(body.patterns)[:200])
    jobs: operations.Jobs = request.app.state["jobs"]
    job = await warm_cache(services_of(request), jobs, request.user, body.patterns)
    note(request, job_id=str(job.job_id))
    return job_answer(job)


@get(
    "/api/admin/jobs/{job_id:str}",
    opt=_describe("Tell how far a job is", answer=JobAnswer),
)
async def job(request: AdminRequest, job_id: FromPath[str]) -> JobAnswer:
    """Tell it from the database, whichever process does it."""
    return job_answer(await operations.find_job(services_of(request), identifier(job_id)))


@get(
    "/api/admin/audit",
    opt=_describe("Read what operators did", query=AuditQuery, answer=AuditAnswer),
)
async def audit(request: AdminRequest) -> Response[bytes]:
    """Return a page, the newest first; this very call is its first line."""
    query = parse_query(request, AuditQuery)
    before = _IDENTIFIER_MAX if query.before is None else identifier(query.before)
    limit = max(1, min(query.limit, operations.PAGE_MAX))
    found = await operations.list_audit(services_of(request), before=before, limit=limit + 1)
    items = [audit_entry(record) for record in found[:limit]]
    after = items[-1].id if len(found) > limit else None
    answer = AuditAnswer(items=items, next_before=after)
    return Response(msgspec.json.encode(answer), media_type="application/json")


routes = [
    revoke_sessions,
    blocks,
    block,
    unblock,
    maintenance,
    begin_maintenance,
    end_maintenance,
    warm,
    job,
    audit,
]
