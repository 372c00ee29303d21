"""Keeping people and secrets out of the log.

It exists because a log is copied further than a database. Three nets: a field is shown only when
its name is known to be harmless, words between quotes are left out because there values stand, and
what is left is searched for what looks private.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

MASK: Final = "[masked]"
# Fields whose texts are ours: identifiers, and words of a small choice.
IDENTIFIERS: Final = frozenset(
    {
        "account", "action", "actor", "cidr", "code", "commit", "consumer", "correlation",
        "correlation_id", "count", "dependency", "event", "event_type", "events",
        "feature", "field", "group", "host", "household_seq", "kind", "level", "logger",
        "method", "outcome", "partitions", "path_template", "patterns", "peer", "place",
        "position", "relay", "role", "route", "scope", "sessions", "status", "step", "timestamp",
        "topic", "traceparent", "ttl", "until", "use", "version", "what", "worker",
    }
)  # fmt: skip
# Fields that hold sentences: shown, but for what stands between quotes.
SENTENCES: Final = frozenset({"reason", "user_agent"})
_IDENTIFIER_ENDS: Final = ("_id", "_seq", "_name")
_FIGURE_ENDS: Final = (*_IDENTIFIER_ENDS, "_bytes", "_count", "_ms", "_seconds")
_PRIVATE_WORDS: Final = (
    "address", "amount", "authorization", "balance", "body", "card", "cookie", "cpf", "description",
    "email", "first_name", "iban", "last_name", "mail", "memo", "note", "passwd", "password",
    "payee", "phone", "query", "secret", "token",
)  # fmt: skip
_OPEN_NAMES: Final = frozenset({"mail_id", "key_id", "token_type"})
_SECRETS: Final = (
    re.compile(r"[\w.+%\-!#$&'*/=?^`{|}~]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"),  # e-mail
    re.compile(r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"),  # JSON Web Token
    re.compile(r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]+"),  # Authorization
    re.compile(r"(?i)\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b"),  # IBAN
    re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b"),  # CPF
    re.compile(r"(?i)\b(?:password|passwd|secret|token|code)\s*[=:]\s*\S+"),
    re.compile(r"(?<=\?)[^\s\"'<>?]*=[^\s\"'<>]*"),  # what follows the path of an address
    re.compile(r"(?<=://)[^\s/@\"']+(?=@)"),  # user and password of an address
    # What a generator of tokens makes: long, and of letters of both kinds with digits between.
    re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{20,}(?![\w-])"),
)
# Account and card numbers, but no dates.
_NUMBERS: Final = re.compile(r"(?<![\w.-])(?!\d{4}-\d\d-\d\d(?!\d))\d(?:[ .\-/]?\d){7,33}(?![\w-])")
# A name of the program's own, such as of a column or constraint: nobody writes a memo like that.
_OWN_NAME: Final = re.compile(r"""(?<!\w)(['"])[a-z]{1,30}(?:_[a-z]{1,30}){1,8}\1(?!\w)""")
# A quote after a letter is an apostrophe, unless a quotation was opened before.
_OPENING: Final = re.compile(r"""(?<!\w)['"]|[“„«]""")
_QUOTES: Final = re.compile(r"""['"“”„«»]""")
# Numbers of eight digits may be an account.
_LONG: Final = 10_000_000


def masked(name: str, value: object) -> object:
    """Return the value of a field as it may be logged.

    Small numbers pass; a text is shown when the name is one of a field that holds words of ours,
    and even then it loses what looks like an e-mail address, a token, an IBAN, a CPF or an account
    number. Whatever else there is becomes `[masked]`.

    Example: masked("reason", "ann@example.org failed") → "[masked] failed".
    """
    if value is None or isinstance(value, bool):
        return value
    if name not in _OPEN_NAMES and any(word in name.lower() for word in _PRIVATE_WORDS):
        return MASK
    if isinstance(value, str):
        return _text(name, value)
    if isinstance(value, int | float | Decimal):
        return value if _may_be_long(name) or -_LONG < value < _LONG else MASK
    return _whole(name, value)


def _whole(name: str, value: object) -> object:
    if isinstance(value, Mapping):
        return {_key(str(key)): masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(name, item) for item in value]
    # Anything else writes itself, and who knows what into it.
    return f"{MASK} {type(value).__name__}"


def _may_be_long(name: str) -> bool:
    return name in IDENTIFIERS or name in _OPEN_NAMES or name.endswith(_FIGURE_ENDS)


def _text(name: str, value: str) -> str:
    if name in SENTENCES:
        return clean(unquoted(value))
    if name in IDENTIFIERS or name in _OPEN_NAMES or name.endswith(_IDENTIFIER_ENDS):
        return without_secrets(value)
    return MASK


def _key(name: str) -> str:
    is_known = name in IDENTIFIERS or name in SENTENCES or name in _OPEN_NAMES
    return name if is_known or name in _PRIVATE_WORDS else MASK


def clean(text: str) -> str:
    """Return a text without what looks private."""
    return _NUMBERS.sub(MASK, without_secrets(text))


def without_secrets(text: str) -> str:
    """Return a text without addresses and tokens; numbers stay, since identifiers are numbers."""
    for pattern in _SECRETS:
        text = pattern.sub(MASK, text)
    return text


def unquoted(text: str) -> str:
    """Return a text without its quotations, but for names like `ix_events_type`.

    What is quoted may hold quotes itself, so everything between the first and the last one goes;
    with an odd number of them, or in a text that was cut off, everything to the end.

    Example: "no 'Dinner' in 'the_list' at all" → "no '[masked]' at all".
    """
    own = [found.span() for found in _OWN_NAME.finditer(text)]
    for opening in _OPENING.finditer(text):
        if any(begin <= opening.start() < end for begin, end in own):
            continue
        quotes = list(_QUOTES.finditer(text, opening.start()))
        end = quotes[-1].end() if len(quotes) % 2 == 0 else len(text)
        return f"{text[: opening.start()]}'{MASK}'{text[end:]}"
    return text
