"""The whole content of an entry as one value: what events, the trash and undo carry.

It is the stored form (docs/specs/events.md §5): fields may be added with a default, never renamed.
"""

from __future__ import annotations

import msgspec


# Neither can be part of a cycle, so the garbage collector need not visit them (`gc=False`).
class PostingSnapshot(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """One posting: `amount_minor` signed, debit positive, in minor units of `commodity`.

    `account_class` is copied in so that a consumer needs no other source to know its sense.
    """

    account_id: int
    account_class: str
    amount_minor: int
    commodity: str
    memo: str = ""


class EntrySnapshot(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """One entry; `postings[0]` is the leg of the user's own account; the sum per commodity is 0."""

    entry_id: int
    date: str
    transaction_type: str
    postings: tuple[PostingSnapshot, ...]
    description: str = ""
    payee_id: int | None = None
    payee: str = ""
    notes: str = ""
    status: str = "cleared"
    tags: tuple[tuple[int, str], ...] = ()
    import_id: int | None = None
    version: int = 1
    created_at: int = 0
