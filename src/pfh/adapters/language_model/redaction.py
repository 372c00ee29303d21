"""Taking out of a text what must not reach a third party (ASVS 14.2.3).

The patterns of the log are the base; here more is taken, because a prompt is written by people:
numbers with dots between, account numbers in lower case, keys pasted by mistake. Names and amounts
are not recognised.
"""

from __future__ import annotations

import re
from typing import Final

from pfh.observability.masking import MASK, clean

_PATTERNS: Final = (
    # E-mail addresses of any alphabet, and ones that are spelt around filters.
    re.compile(r"[^\s<>()\[\]\"',;:]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\s?\.\s?[\w-]+)+"),
    # IBAN in any case and with any grouping.
    re.compile(
        r"(?i)(?<![a-z0-9])[a-z]{2}\d{2}"
        r"(?:[a-z0-9]{11,30}|(?:[ .-][a-z0-9]{4}){2,7}(?:[ .-](?=[a-z]*\d)[a-z0-9]{1,4})?)"
        r"(?![a-z0-9])"
    ),
    # Cards, accounts, phones: eight digits or more, however they are grouped; days are no numbers.
    re.compile(r"(?<!\d)(?!(?:19|20)\d\d-\d\d-\d\d(?!\d))\+?\(?\d(?:[ ./()-]{0,2}\d){7,30}(?!\d)"),
    # Keys of well-known shapes, and anything long that looks drawn at random.
    re.compile(r"\b(?:sk|pk|rk|SG|ghp|xox[abp])[-_.][\w.-]{10,}"),
    re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{28,}(?![\w-])"),
)


def redacted(text: str) -> str:
    """Return the text with `[masked]` in the place of each private part.

    Example: redacted("Pay DE89 3704 0044 0532 0130 00") → "Pay [masked]".
    """
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return clean(text)
