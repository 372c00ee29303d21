"""The JSON face of exchange rates."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, delete, get, put

from pfh.features.rates.list_rates import list_rates
from pfh.features.rates.schemas import (
    RateAnswer,
    RateInput,
    RateKey,
    RateList,
    RateQuery,
    RateRemovedAnswer,
)
from pfh.features.rates.set_rate import remove_rate, set_rate
from pfh.features.web.api import describe, idempotency_key, parse_body, parse_query
from pfh.persistence.idempotency import Answer
from pfh.ports.actor import Actor
from pfh.ports.services import Services

_SET: Final = msgspec.json.Decoder(RateInput)

WebRequest = Request[Actor, Any, Any]


@get(
    "/api/rates",
    opt=describe(
        "List the exchange rates you entered, and those in use today",
        query=RateQuery,
        answer=RateList,
    ),
)
async def list_all(request: WebRequest) -> RateList:
    """List the rates."""
    query = parse_query(request, RateQuery)
    services: Services = request.app.state["services"]
    return await list_rates(services, request.user, cursor=query.cursor, limit=query.limit)


@put(
    "/api/rates",
    opt=describe(
        "Enter the exchange rate of a day",
        body=RateInput,
        answer=RateAnswer,
        problems=(403,),
        idempotent=True,
    ),
)
async def enter(request: WebRequest) -> Response[bytes]:
    """Enter a rate."""
    services: Services = request.app.state["services"]
    stated = await parse_body(request, _SET)
    key = await idempotency_key(request, services.clock.now())
    return _answered(await set_rate(services, request.user, stated, key))


@delete(
    "/api/rates",
    status_code=200,
    opt=describe(
        "Remove the exchange rate of a day",
        query=RateKey,
        answer=RateRemovedAnswer,
        problems=(403, 404),
        idempotent=True,
    ),
)
async def remove(request: WebRequest) -> Response[bytes]:
    """Remove a rate."""
    services: Services = request.app.state["services"]
    wanted = parse_query(request, RateKey)
    key = await idempotency_key(request, services.clock.now())
    return _answered(await remove_rate(services, request.user, wanted, key))


def _answered(answer: Answer) -> Response[bytes]:
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else None
    return Response(
        answer.body, status_code=answer.status, media_type="application/json", headers=headers
    )


routes = [list_all, enter, remove]
