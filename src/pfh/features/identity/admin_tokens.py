"""Tokens that administer the hub for minutes: made on the command line, for `curl` and scripts.

They have the algorithm and the key of access tokens and an audience of their own, so that neither
is taken for the other. Nothing is stored: a token is good until it expires, an hour at most, or
until the hub's secret key changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pfh.core.errors import Problem
from pfh.features.identity.access_tokens import (
    ALGORITHM,
    ISSUER,
    LEEWAY_SECONDS,
    TOKEN_TYPE,
    decoded_claims,
    signed,
)
from pfh.features.identity.errors import AccessTokenExpired
from pfh.features.identity.keys import TokenKeys

AUDIENCE: Final = "pfh-admin"
SCOPE: Final = "admin"
LIFETIME_SECONDS_MAX: Final = 60 * 60
_SUBJECT_LENGTH_MAX: Final = 200
_MICROSECONDS: Final = 1_000_000


class AdminTokenLifetime(Problem):
    """A token that administers the hub was asked for longer than an hour, or for no time."""

    code = "admin_token_lifetime"


@dataclass(frozen=True, slots=True)
class AdminClaims:
    """Who made the token (`os:ann on host`), which one it is, its times in seconds since 1970."""

    subject: str
    token_id: str
    issued_at: int
    expires_at: int


def issue_admin_token(
    keys: TokenKeys, subject: str, *, token_id: int, now: int, lifetime_seconds: int
) -> str:
    """Sign a token for whoever may use the hub's own settings.

    Raises:
        AdminTokenLifetime: it is not between a second and an hour.
    """
    if not 1 <= lifetime_seconds <= LIFETIME_SECONDS_MAX:
        raise AdminTokenLifetime(
            "A token that administers the hub is good for an hour at most.",
            field="ttl",
            fix="Ask for 60m or less; 5m is enough for a command.",
        )
    begun = now // _MICROSECONDS
    return signed(
        keys,
        {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject[:_SUBJECT_LENGTH_MAX],
            "scope": SCOPE,
            "iat": begun,
            "nbf": begun,
            "exp": begun + lifetime_seconds,
            "jti": str(token_id),
        },
    )


def read_admin_token(keys: TokenKeys, token: str, *, now: int) -> AdminClaims | None:
    """Return what a token for administrators says; None when it is none, whatever else it is.

    Args:
        keys: of this hub.
        token: in compact form.
        now: an instant in microseconds; its end is exact, its begin may be 60 seconds ahead.

    Raises:
        AccessTokenExpired: it was good once.
    """
    claims = decoded_claims(keys, token)
    if claims is None or claims.get("aud") != AUDIENCE or claims.get("scope") != SCOPE:
        return None
    found = _claims(claims)
    seconds = now // _MICROSECONDS
    if found is None or found.issued_at - LEEWAY_SECONDS > seconds:
        return None
    if found.expires_at <= seconds:
        raise AccessTokenExpired(
            "The token has expired.", fix="Make another one: `pfh token admin --ttl 5m`."
        )
    return found


def _claims(claims: dict[str, Any]) -> AdminClaims | None:
    subject, token_id = claims.get("sub"), claims.get("jti")
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not isinstance(subject, str) or not isinstance(token_id, str):
        return None
    if not isinstance(issued_at, int) or not isinstance(expires_at, int):
        return None
    if not 0 < expires_at - issued_at <= LIFETIME_SECONDS_MAX:
        return None
    return AdminClaims(subject[:_SUBJECT_LENGTH_MAX], token_id, issued_at, expires_at)


__all__ = [
    "ALGORITHM",
    "AUDIENCE",
    "LIFETIME_SECONDS_MAX",
    "TOKEN_TYPE",
    "AdminClaims",
    "AdminTokenLifetime",
    "issue_admin_token",
    "read_admin_token",
]
