"""The JSON face of payees."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Response, get, patch, post
from litestar.params import FromPath

from pfh.features.payees.change_payee import merge_payee, rename_payee, unmerge_payee
from pfh.features.payees.list_payees import list_payees
from pfh.features.payees.schemas import (
    PayeeAnswer,
    PayeeList,
    PayeeMergeInput,
    PayeePatch,
    PayeeQuery,
)
from pfh.features.web.api import (
    WebRequest,
    answered,
    describe,
    idempotency_key,
    identifier,
    parse_body,
    parse_query,
    services_of,
)

_RENAME: Final = msgspec.json.Decoder(PayeePatch)
_MERGE: Final = msgspec.json.Decoder(PayeeMergeInput)


@get(
    "/api/payees",
    opt=describe(
        "List payees by name, with the category they had last", query=PayeeQuery, answer=PayeeList
    ),
)
async def list_all(request: WebRequest) -> PayeeList:
    """List payees."""
    query = parse_query(request, PayeeQuery)
    return await list_payees(
        services_of(request), request.user, words=query.q, cursor=query.cursor, limit=query.limit
    )


@patch(
    "/api/payees/{payee_id:str}",
    opt=describe(
        "Rename a payee",
        body=PayeePatch,
        answer=PayeeAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def rename(request: WebRequest, payee_id: FromPath[str]) -> Response[bytes]:
    """Rename a payee."""
    services = services_of(request)
    stated = await parse_body(request, _RENAME)
    key = await idempotency_key(request, services.clock.now())
    return answered(
        await rename_payee(services, request.user, identifier(payee_id), stated.name, key)
    )


@post(
    "/api/payees/{payee_id:str}/merge",
    status_code=200,
    opt=describe(
        "Merge a payee into another one; no transaction is touched",
        body=PayeeMergeInput,
        answer=PayeeAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def merge(request: WebRequest, payee_id: FromPath[str]) -> Response[bytes]:
    """Merge a payee into another one."""
    services = services_of(request)
    stated = await parse_body(request, _MERGE)
    key = await idempotency_key(request, services.clock.now())
    into_id = identifier(stated.into_id)
    return answered(await merge_payee(services, request.user, identifier(payee_id), into_id, key))


@post(
    "/api/payees/{payee_id:str}/unmerge",
    status_code=200,
    opt=describe(
        "Take a payee out of the one that it was merged into",
        answer=PayeeAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def unmerge(request: WebRequest, payee_id: FromPath[str]) -> Response[bytes]:
    """Take a merge back."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(await unmerge_payee(services, request.user, identifier(payee_id), key))


routes = [list_all, rename, merge, unmerge]
