"""Refresh tokens: 256 random bits, kept as a hash, good for one use.

The successor of a token is HMAC-SHA256(refresh key, token), not a new random number. So an answer
that was lost on the way can be given again within the grace without the hub keeping any token that
a thief of the database could use; and who holds a token but not the hub's key cannot compute the
next one.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from hashlib import sha256
from typing import Final

from pfh.features.identity.errors import RefreshTokenInvalid
from pfh.features.identity.keys import TokenKeys

TOKEN_BYTES: Final = 32
GRACE_SECONDS: Final = 10
# A session ends when it was not refreshed for this long (idle), or was opened that long ago.
IDLE_SECONDS: Final = 14 * 86_400
SESSION_SECONDS: Final = 90 * 86_400
_TEXT: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_refresh_token() -> bytes:
    """Draw the first token of a session."""
    return secrets.token_bytes(TOKEN_BYTES)


def successor_of(token: bytes, keys: TokenKeys) -> bytes:
    """Return the token that follows this one; always the same."""
    return hmac.digest(keys.refresh, token, "sha256")


def hash_of(token: bytes) -> bytes:
    """Return what the database keeps; a token has 256 random bits, so a plain hash is enough."""
    return sha256(token).digest()


def to_text(token: bytes) -> str:
    """Write a token as 43 characters of base64url."""
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """Read a token; raises RefreshTokenInvalid when the text cannot be one."""
    if _TEXT.fullmatch(text):
        return base64.urlsafe_b64decode(text + "=")
    raise refresh_token_invalid()


def refresh_token_invalid() -> RefreshTokenInvalid:
    """The one problem of every refresh token that opens nothing."""
    return RefreshTokenInvalid(
        "The refresh token is not valid, or its session has ended.", fix="Sign in again."
    )
