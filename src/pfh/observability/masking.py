"""Keeping people and secrets out of the log.

It exists because a log is copied further than a database. Two nets: fields whose name says that
they are private are replaced, and every other text is searched for what looks private.
"""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "[masked]"
_PRIVATE_WORDS: Final = (
    "address", "amount", "authorization", "balance", "body", "card", "cookie", "cpf", "description",
    "email", "first_name", "iban", "key", "last_name", "mail", "memo", "note", "passwd", "password",
    "payee", "phone", "query", "secret", "token",
)  # fmt: skip
# Names that contain a private word and yet are harmless, and numbers that look like an account.
_OPEN_NAMES: Final = frozenset(
    {
        "timestamp", "level", "logger", "event", "correlation_id", "trace_id", "route", "method",
        "status", "duration_ms", "code", "version", "commit", "position", "household_seq",
        "exception", "token_type", "key_id",
    }
)  # fmt: skip
_PATTERNS: Final = (
    re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+\.[\w.-]+"),  # e-mail
    re.compile(r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"),  # JSON Web Token
    re.compile(r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]+"),  # Authorization
    re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"),  # IBAN
    re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b"),  # CPF
    # Account and card numbers, but no dates.
    re.compile(r"(?<![\w.-])(?!\d{4}-\d\d-\d\d(?!\d))\d(?:[ -]?\d){7,18}(?![\w-])"),
    re.compile(r"(?i)\b(?:password|passwd|secret|token)\s*[=:]\s*\S+"),
)


def masked(name: str, value: object) -> object:
    """Return the value of a field as it may be logged.

    Numbers pass; a field with a private name becomes `[masked]`; other text loses what looks like
    an e-mail address, a token, an IBAN, a CPF or an account number.

    Example: masked("detail", "ann@example.org failed") → "[masked] failed".
    """
    if name in _OPEN_NAMES or name.endswith(("_id", "_ms", "_seconds", "_count")):
        return clean(value) if name in {"event", "exception"} and isinstance(value, str) else value
    if any(word in name.lower() for word in _PRIVATE_WORDS):
        return MASK
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {str(key): masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(name, item) for item in value]
    return value


def clean(text: str) -> str:
    """Return a text without what looks private."""
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text
