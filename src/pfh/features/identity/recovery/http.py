"""The JSON face of recovery; all but asking for another letter is open to strangers."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import post

from pfh.features.identity.client import Client, client_of
from pfh.features.identity.recovery.request_password_reset import request_password_reset
from pfh.features.identity.recovery.reset_password import ResetPassword, reset_password
from pfh.features.identity.recovery.schemas import ResetBody, ResetRequestBody, VerifyBody
from pfh.features.identity.recovery.verify_email import request_verification, verify_email
from pfh.features.web.api import WebRequest, describe, parse_body, services_of
from pfh.observability.correlation import correlation_id

_REQUEST: Final = msgspec.json.Decoder(ResetRequestBody)
_RESET: Final = msgspec.json.Decoder(ResetBody)
_VERIFY: Final = msgspec.json.Decoder(VerifyBody)


@post(
    "/api/auth/password-reset",
    status_code=202,
    opt=describe(
        "Ask for a letter with which to choose a new password; the answer never says who exists",
        public=True,
        body=ResetRequestBody,
        status=202,
        limited=True,
    ),
)
async def ask_for_reset(request: WebRequest) -> None:
    """Ask for a new password."""
    body = await parse_body(request, _REQUEST)
    await request_password_reset(body.email, _client(request), services_of(request))


@post(
    "/api/auth/password-reset/confirm",
    status_code=204,
    opt=describe(
        "Choose a new password with the code of the letter; every session ends",
        public=True,
        body=ResetBody,
        status=204,
        limited=True,
    ),
)
async def confirm_reset(request: WebRequest) -> None:
    """Choose a new password."""
    body = await parse_body(request, _RESET)
    wish = ResetPassword(
        code=body.code, new_password=body.new_password, confirm_password=body.confirm_password
    )
    await reset_password(wish, _client(request), services_of(request))


@post(
    "/api/auth/verify-email",
    status_code=204,
    opt=describe(
        "Prove your address with the code of the letter",
        public=True,
        body=VerifyBody,
        status=204,
        limited=True,
    ),
)
async def verify(request: WebRequest) -> None:
    """Prove an address."""
    body = await parse_body(request, _VERIFY)
    await verify_email(body.code, _client(request), services_of(request))


@post(
    "/api/auth/verify-email/request",
    status_code=202,
    opt=describe("Ask for another letter that proves your address", status=202, limited=True),
)
async def ask_for_verification(request: WebRequest) -> None:
    """Ask for another letter; nothing is sent when the address is proven."""
    await request_verification(request.user, _client(request), services_of(request))


def _client(request: WebRequest) -> Client:
    return client_of(request.scope, correlation_id.get())


routes = [ask_for_reset, confirm_reset, verify, ask_for_verification]
