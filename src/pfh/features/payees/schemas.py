"""JSON of payees."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

PAGE_MAX = 200


class PayeeQuery(msgspec.Struct, frozen=True, rename="camel"):
    """Which payees: `q` is a part of the name, case ignored."""

    q: Annotated[str, Meta(max_length=200)] | None = None
    cursor: Annotated[str, Meta(description="nextCursor of the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 50


class PayeePatch(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Another name."""

    name: str


class PayeeMergeInput(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which payee takes over."""

    into_id: str


class PayeeView(msgspec.Struct, frozen=True, rename="camel"):
    """A payee.

    `suggestedCategoryId` is the category of the last transaction with it among the household's
    latest 2,000, null when that one was split, a transfer, or longer ago.
    """

    id: str
    name: str
    merged_into_id: str | None
    suggested_category_id: str | None
    suggested_type: str | None
    suggested_account_id: str | None


class PayeeAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A payee after a write."""

    id: str
    name: str
    merged_into_id: str | None
    household_seq: int


class PayeeList(msgspec.Struct, frozen=True, rename="camel"):
    """A page of payees by name, merged ones left out."""

    items: list[PayeeView]
    next_cursor: str | None
