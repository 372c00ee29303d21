"""The JSON face of households: the one that the asker is working in."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Response, get, patch

from pfh.features.households.change_household import ChangeHousehold, change_household
from pfh.features.households.read_household import read_household
from pfh.features.households.schemas import (
    ChangeHouseholdBody,
    HouseholdAnswer,
    HouseholdChangedAnswer,
    household_answer,
)
from pfh.features.web.api import (
    WebRequest,
    answered,
    describe,
    idempotency_key,
    parse_body,
    services_of,
)

_CHANGE: Final = msgspec.json.Decoder(ChangeHouseholdBody)


@get("/api/household", opt=describe("Read your household", answer=HouseholdAnswer))
async def household(request: WebRequest) -> HouseholdAnswer:
    """Read the household."""
    services = services_of(request)
    return household_answer(await read_household(request.user, services))


@patch(
    "/api/household",
    opt=describe(
        "Rename your household or choose the currency that it thinks in",
        body=ChangeHouseholdBody,
        answer=HouseholdChangedAnswer,
        problems=(403, 409),
        idempotent=True,
    ),
)
async def change(request: WebRequest) -> Response[bytes]:
    """Change the household."""
    services = services_of(request)
    body = await parse_body(request, _CHANGE)
    wish = ChangeHousehold(
        name=None if body.name is msgspec.UNSET else str(body.name),
        base_commodity=None if body.base_currency is msgspec.UNSET else str(body.base_currency),
    )
    key = await idempotency_key(request, services.clock.now())
    answer = await change_household(request.user, wish, services, key=key)
    return answered(answer)


routes = [household, change]
