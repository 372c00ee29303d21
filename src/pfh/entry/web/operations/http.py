"""The JSON face of the operations page."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, get, post

from pfh.entry.web.operations.schemas import JobBody, OverviewAnswer, overview_answer
from pfh.features.admin.schemas import JobAnswer, job_answer
from pfh.features.web.api import ADMINISTERS, OPERATOR_OPTION, describe, note, parse_body
from pfh.ports.actor import Operator
from pfh.runtime.overview.acts import KINDS, begin
from pfh.runtime.overview.ask import Overseer

AdminRequest: TypeAlias = Request[Operator, Any, Any]
"""A request by somebody who may operate the hub."""
_TAG: Final = "Administration"
_JOB: Final = msgspec.json.Decoder(JobBody)


@get(
    "/api/admin/overview",
    opt={
        **describe(
            "Tell how every part is, what that means and what to do",
            tag=_TAG,
            answer=OverviewAnswer,
        ),
        OPERATOR_OPTION: ADMINISTERS,
    },
)
async def overview(request: AdminRequest) -> OverviewAnswer:
    """Ask every part at once; one that gives no answer within 4 s is told as away."""
    overseer: Overseer = request.app.state["overseer"]
    found = await overseer.look()
    return overview_answer(found, overseer.place.services.clock.now(), KINDS)


@post(
    "/api/admin/jobs",
    status_code=202,
    opt={
        **describe(
            "Begin a job: a backup, a drill, a replay, a rebuild, or the warming of the cache",
            tag=_TAG,
            body=JobBody,
            answer=JobAnswer,
            status=202,
            problems=(409,),
            limited=True,
        ),
        OPERATOR_OPTION: ADMINISTERS,
    },
)
async def begin_job(request: AdminRequest) -> JobAnswer:
    """Begin it in this process, or name the one of the kind that runs already."""
    body = await parse_body(request, _JOB)
    note(request, kind=body.kind[:40])
    overseer: Overseer = request.app.state["overseer"]
    job = await begin(overseer.place, request.app.state["jobs"], request.user, body.kind)
    note(request, job_id=str(job.job_id))
    return job_answer(job)


routes = [overview, begin_job]
