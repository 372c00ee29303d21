"""The code in a letter's link: 256 bits that only this hub can compute, and nobody can look up.

It is an HMAC of the letter's number under a key of the hub. So the outbox holds nothing by which a
thief of the database could take over an account: the code comes into being when the letter is
rendered, and whoever checks it keeps only its hash.
"""

from __future__ import annotations

import base64
import hmac
import re
from hashlib import sha256
from typing import Final

CODE_LENGTH: Final = 43
_CODE: Final = re.compile(rf"[A-Za-z0-9_-]{{{CODE_LENGTH}}}")


def link_code(secret: bytes, mail_id: int) -> str:
    """Return the code of a letter as 43 characters of base64url; `secret` is the hub's own."""
    key = hmac.digest(secret, b"pfh link code\x01", "sha256")
    digest = hmac.digest(key, str(mail_id).encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def code_hash(code: str) -> bytes | None:
    """Return what is kept of a code; None for a text that cannot be one."""
    return sha256(code.encode()).digest() if _CODE.fullmatch(code) else None
