"""Finding out whose browser asks for a page, and renewing its cookies on the way."""

from __future__ import annotations

from dataclasses import dataclass

from pfh.core.errors import Problem
from pfh.features.identity.authenticate import authenticate
from pfh.features.identity.client import Client
from pfh.features.identity.cookies import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    Cookie,
    page_cookies,
    read_cookie,
)
from pfh.features.identity.errors import (
    AccessTokenExpired,
    AccessTokenInvalid,
    CredentialsMissing,
)
from pfh.features.identity.refresh_session import refresh_session
from pfh.ports.actor import Actor
from pfh.ports.services import Services


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, and the cookies that the answer must set (none while the old ones are good)."""

    actor: Actor
    cookies: tuple[Cookie, ...] = ()


async def visit_from_cookies(
    cookie_header: str | None, client: Client, services: Services, *, secure: bool
) -> Visit:
    """Return the person of a browser's cookies.

    A good access cookie is enough. When it is gone or too old, the refresh cookie is exchanged, so
    that a person who comes back after lunch sees the page, not the sign-in form.

    Raises:
        CredentialsMissing: there is no usable cookie.
        SessionEnded, RefreshTokenInvalid, RefreshTokenReused: there was one; sign in again.
    """
    access = read_cookie(cookie_header, ACCESS_COOKIE, secure=secure)
    if access is not None:
        try:
            return Visit(await authenticate(access, services, client))
        except (AccessTokenExpired, AccessTokenInvalid):
            # After a change of the hub's key the refresh token is still good.
            pass
    refresh = read_cookie(cookie_header, REFRESH_COOKIE, secure=secure)
    if refresh is None:
        raise CredentialsMissing("Nobody is signed in.", fix="Sign in first.")
    signed_in = await refresh_session(refresh, client, services)
    return Visit(signed_in.actor(client.correlation_id), page_cookies(signed_in, secure=secure))


async def actor_from_cookies(
    cookie_header: str | None, client: Client, services: Services, *, secure: bool
) -> Actor | None:
    """Return the person of a good access cookie alone, renewing nothing; None for a stranger."""
    access = read_cookie(cookie_header, ACCESS_COOKIE, secure=secure)
    if access is None:
        return None
    try:
        return await authenticate(access, services, client)
    except Problem:
        return None
