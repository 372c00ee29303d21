"""The keys that identity derives from the hub's one secret, one for each use.

A key that does two jobs lets one job break the other; deriving them (HMAC-SHA256 with a label, as
the expand step of RFC 5869) keeps a single secret to store and to rotate.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

_KEY_ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """Keys of 32 bytes; `key_id` names the access key without telling anything of it."""

    key_id: str
    access: bytes = field(repr=False)
    refresh: bytes = field(repr=False)
    log: bytes = field(repr=False)


@lru_cache(maxsize=4)
def token_keys(secret: bytes) -> TokenKeys:
    """Derive the keys from the hub's secret (32 bytes or more); the same secret, the same keys."""
    access = _derive(secret, "access token")
    return TokenKeys(
        key_id=sha256(b"pfh key id\x00" + access).hexdigest()[:_KEY_ID_LENGTH],
        access=access,
        refresh=_derive(secret, "refresh token"),
        log=_derive(secret, "log"),
    )


def _derive(secret: bytes, use: str) -> bytes:
    return hmac.digest(secret, b"pfh " + use.encode() + b"\x01", "sha256")
