"""The one place where the web server meets identity: a header or cookies in, an actor out."""

from __future__ import annotations

from pfh.features.identity.authenticate import authenticate_bearer
from pfh.features.identity.errors import CredentialsMissing
from pfh.ports.actor import Actor
from pfh.ports.services import Services

__all__ = ("authenticate_bearer", "authenticate_cookie")


async def authenticate_cookie(
    cookies: str | None, services: Services, correlation_id: str
) -> Actor:
    """Return who the cookies of a page speak for."""
    del cookies, services, correlation_id
    raise CredentialsMissing("Nobody is signed in.", fix="Sign in first.")
