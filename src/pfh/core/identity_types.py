"""The types of identifiers, so that an account's id never stands where a payee's belongs.

They exist here, and not beside each feature, because entries name accounts, payees and tags at
once. All are 63-bit time-ordered integers; in JSON and in URLs they are decimal strings.
"""

from __future__ import annotations

from typing import NewType

AccountId = NewType("AccountId", int)
"""An account of the tree, a category included: a category is an income or expense account."""
EntryId = NewType("EntryId", int)
HouseholdId = NewType("HouseholdId", int)
PayeeId = NewType("PayeeId", int)
TagId = NewType("TagId", int)
UserId = NewType("UserId", int)
