"""The JSON face of exchange rates."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Response, delete, get, put

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
from pfh.features.web.api import (
    WebRequest,
    answered,
    describe,
    idempotency_key,
    parse_body,
    parse_query,
    services_of,
)

_SET: Final = msgspec.json.Decoder(RateInput)


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
    services = services_of(request)
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
    services = services_of(request)
    stated = await parse_body(request, _SET)
    key = await idempotency_key(request, services.clock.now())
    return answered(await set_rate(services, request.user, stated, key))


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
    services = services_of(request)
    wanted = parse_query(request, RateKey)
    key = await idempotency_key(request, services.clock.now())
    return answered(await remove_rate(services, request.user, wanted, key))


routes = [list_all, enter, remove]
