"""The types of identifiers, so that an account's id never stands where a payee's belongs.

They exist here, and not beside each feature, because entries name accounts, payees and tags at
once. All are 63-bit time-ordered integers; in JSON and in URLs they are decimal strings.
"""

from __future__ import annotations

from typing import Final, NewType

AccountId = NewType("AccountId", int)
"""An account of the tree, a category included: a category is an income or expense account."""
EntryId = NewType("EntryId", int)
HouseholdId = NewType("HouseholdId", int)
PayeeId = NewType("PayeeId", int)
TagId = NewType("TagId", int)
UserId = NewType("UserId", int)

_DIGITS_MAX: Final = 19
_ID_MAX: Final = 2**63 - 1


def parse_id(text: str) -> int:
    """Return the identifier behind its JSON text, 0 (which nothing has) when it cannot be one.

    Example: "415" → 415; "-1", "٣", "1e3" and "99999999999999999999" → 0.
    """
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS_MAX:
        return 0
    number = int(text)
    return number if number <= _ID_MAX else 0
