"""The events of accounts and categories; payloads are these structs as JSON (events spec §5)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pfh.features.accounts.store import AccountRecord
from pfh.persistence.event_store import Draft

CHART_FOUNDED = "ChartFounded"
ACCOUNT_OPENED = "AccountOpened"
ACCOUNT_CHANGED = "AccountChanged"
ACCOUNT_CLOSED = "AccountClosed"
ACCOUNT_REOPENED = "AccountReopened"
ACCOUNT_REMOVED = "AccountRemoved"
CATEGORY_CREATED = "CategoryCreated"
CATEGORY_CHANGED = "CategoryChanged"
CATEGORY_MERGED = "CategoryMerged"
CATEGORY_UNMERGED = "CategoryUnmerged"
CATEGORY_REMOVED = "CategoryRemoved"

EVENT_TYPES = (
    CHART_FOUNDED,
    ACCOUNT_OPENED,
    ACCOUNT_CHANGED,
    ACCOUNT_CLOSED,
    ACCOUNT_REOPENED,
    ACCOUNT_REMOVED,
    CATEGORY_CREATED,
    CATEGORY_CHANGED,
    CATEGORY_MERGED,
    CATEGORY_UNMERGED,
    CATEGORY_REMOVED,
)
VERSION = 1

_encoder = msgspec.json.Encoder()


class AccountSnapshot(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One account or category as it stood; `closed_at` is an instant in microseconds."""

    account_id: int
    account_class: str
    account_type: str
    name: str
    parent_id: int | None = None
    commodity: str | None = None
    external_id: str | None = None
    sort_order: int = 0
    closed_at: int | None = None
    merged_into_id: int | None = None


class AccountChange(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `AccountChanged` and `CategoryChanged`: before and after."""

    before: AccountSnapshot
    after: AccountSnapshot


class Pointer(msgspec.Struct, frozen=True, rename="camel"):
    """One category whose pointer moved; None means the top, or not merged."""

    account_id: int
    from_id: int | None
    to_id: int | None


class CategoryMerge(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `CategoryMerged` and `CategoryUnmerged`: every pointer that moved.

    `parents` are categories that stand below another one now, `merges` those that stand for
    another one now; taking a merge back moves each from `to_id` to `from_id` again.
    """

    account_id: int
    into_id: int
    parents: tuple[Pointer, ...]
    merges: tuple[Pointer, ...]


class Chart(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `ChartFounded`: every account that a new household starts with."""

    accounts: tuple[AccountSnapshot, ...]


def snapshot_of(record: AccountRecord) -> AccountSnapshot:
    """Return what events keep of an account."""
    return AccountSnapshot(
        account_id=record.account_id,
        account_class=record.account_class,
        account_type=record.account_type,
        name=record.name,
        parent_id=record.parent_id,
        commodity=record.commodity,
        external_id=record.external_id,
        sort_order=record.sort_order,
        closed_at=record.closed_at,
        merged_into_id=record.merged_into_id,
    )


def told(event_id: int, kind: str, record: AccountRecord) -> Draft:
    """Something happened to an account; the payload is its snapshot after it (before a removal)."""
    return _draft(event_id, kind, record.account_id, snapshot_of(record))


def founded(event_id: int, household_id: int, chart: Sequence[AccountRecord]) -> Draft:
    """A household got the accounts that it starts with; the subject is the household."""
    payload = Chart(tuple(snapshot_of(record) for record in chart))
    return _draft(event_id, CHART_FOUNDED, household_id, payload)


def changed(event_id: int, before: AccountRecord, after: AccountRecord) -> Draft:
    """An account or category got another name, place, order or type."""
    kind = CATEGORY_CHANGED if after.is_category else ACCOUNT_CHANGED
    change = AccountChange(snapshot_of(before), snapshot_of(after))
    return _draft(event_id, kind, after.account_id, change)


def merged(event_id: int, kind: str, merge: CategoryMerge) -> Draft:
    """A category was merged into another one, or taken out of it again."""
    return _draft(event_id, kind, merge.account_id, merge)


def _draft(event_id: int, kind: str, subject_id: int, payload: msgspec.Struct) -> Draft:
    return Draft(event_id, kind, VERSION, subject_id, _encoder.encode(payload).decode())


decode_merge = msgspec.json.Decoder(CategoryMerge).decode
