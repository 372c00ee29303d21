"""Access tokens: signed, short-lived, for one audience, read without asking anybody.

One algorithm (HS256), a type of its own (`at+jwt`, RFC 9068) and one key named by `kid`: a token of
another kind, of another algorithm or of nobody cannot pass (RFC 8725, ASVS 9.1 and 9.2). A token
alone opens nothing: `authenticate` also asks whether its session is alive.

joserfc loads at the first token: it brings the whole of cryptography, 0.1 s of a start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pfh.features.identity.errors import AccessTokenExpired, AccessTokenInvalid
from pfh.features.identity.keys import TokenKeys

if TYPE_CHECKING:
    from joserfc.jwk import OctKey

ALGORITHM: Final = "HS256"
TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 -- a media type
ISSUER: Final = "pfh"
AUDIENCE: Final = "pfh-api"
LIFETIME_SECONDS: Final = 15 * 60
LEEWAY_SECONDS: Final = 60
_MICROSECONDS: Final = 1_000_000
_LENGTH_MAX: Final = 2048
_HEADER_NAMES: Final = frozenset({"alg", "kid", "typ"})
_INT64_MAX: Final = 2**63 - 1
# Checking a signature costs 22 µs; the bytes of a token that passed cannot become wrong, only late.
_REMEMBERED_MAX: Final = 4096


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says; instants in seconds since 1970."""

    user_id: int
    household_id: int
    session_id: int
    epoch: int
    not_before: int
    expires_at: int


_remembered: dict[tuple[str, str], AccessClaims] = {}


def issue_access_token(keys: TokenKeys, claims: AccessClaims, *, token_id: int) -> str:
    """Sign a token; its identifiers are decimal strings, as everywhere in JSON."""
    return signed(
        keys,
        {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "hid": str(claims.household_id),
            "epoch": claims.epoch,
            "iat": claims.not_before,
            "nbf": claims.not_before,
            "exp": claims.expires_at,
            "jti": str(token_id),
        },
    )


def signed(keys: TokenKeys, claims: dict[str, Any]) -> str:
    """Sign claims with the one algorithm and key of the hub's tokens."""
    from joserfc import jwt  # noqa: PLC0415 -- see the module

    header = {"alg": ALGORITHM, "kid": keys.key_id, "typ": TOKEN_TYPE}
    return jwt.encode(header, claims, _signing_key(keys.access), algorithms=[ALGORITHM])


def read_access_token(keys: TokenKeys, token: str, *, now: int) -> AccessClaims:
    """Check a token's signature, kind and times.

    Args:
        keys: of this hub; a key named or carried by the token itself is never used.
        token: in compact form.
        now: an instant in microseconds; 60 seconds of difference between clocks are forgiven.

    Raises:
        AccessTokenExpired: it was good once.
        AccessTokenInvalid: anything else.
    """
    remembered = (keys.key_id, token)
    claims = _remembered.get(remembered)
    if claims is None:
        claims = _verified(keys, token)
        if len(_remembered) >= _REMEMBERED_MAX:
            _remembered.clear()
        _remembered[remembered] = claims
    seconds = now // _MICROSECONDS
    if claims.expires_at + LEEWAY_SECONDS <= seconds:
        raise AccessTokenExpired(
            "The access token has expired.", fix="Ask for a new one at POST /api/auth/refresh."
        )
    if claims.not_before - LEEWAY_SECONDS > seconds:
        raise _invalid()
    return claims


def _verified(keys: TokenKeys, token: str) -> AccessClaims:
    claims = decoded_claims(keys, token)
    if claims is None or claims.get("aud") != AUDIENCE:
        raise _invalid()
    return _claims(claims)


def decoded_claims(keys: TokenKeys, token: str) -> dict[str, Any] | None:
    """Return the claims of a token that this hub signed, for whatever audience; else None."""
    from joserfc import jwt  # noqa: PLC0415 -- see the module
    from joserfc.errors import JoseError  # noqa: PLC0415 -- see the module

    if len(token) > _LENGTH_MAX:
        return None
    try:
        decoded = jwt.decode(token, _signing_key(keys.access), algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # The token is the caller's bytes: whatever its parser trips over is the token's fault.
        return None
    header = decoded.header
    if (
        header.keys() != _HEADER_NAMES
        or header["typ"] != TOKEN_TYPE
        or header["kid"] != keys.key_id
        or decoded.claims.get("iss") != ISSUER
    ):
        return None
    claims: dict[str, Any] = decoded.claims
    return claims


@lru_cache(maxsize=4)
def _signing_key(octets: bytes) -> OctKey:
    from joserfc.jwk import OctKey  # noqa: PLC0415 -- see the module

    return OctKey.import_key(octets)


def _claims(claims: dict[str, Any]) -> AccessClaims:
    identifiers = [claims.get(name) for name in ("sub", "hid", "sid")]
    numbers = [claims.get(name) for name in ("epoch", "nbf", "exp")]
    if not all(isinstance(text, str) and text.isascii() and text.isdigit() for text in identifiers):
        raise _invalid()
    if not all(type(number) is int and 0 <= number <= _INT64_MAX for number in numbers):
        raise _invalid()
    user_id, household_id, session_id = (int(str(text)) for text in identifiers)
    epoch, not_before, expires_at = (int(str(number)) for number in numbers)
    return AccessClaims(user_id, household_id, session_id, epoch, not_before, expires_at)


def _invalid() -> AccessTokenInvalid:
    return AccessTokenInvalid(
        "The access token is not valid.", fix="Sign in at POST /api/auth/login."
    )
