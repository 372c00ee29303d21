"""The accounts and categories that lists of choice offer, in the order of their trees.

It exists so that every form, filter and import offers the same ones in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pfh.features.accounts.page_views import TYPE_GROUPS
from pfh.features.accounts.store import AccountRecord
from pfh.features.forms.api import AccountChoice, CategoryChoice

_GROUP_ORDER = tuple(dict.fromkeys(TYPE_GROUPS.values()))


def group_of(account_type: str) -> str:
    """Return the heading under which accounts of a type stand."""
    return TYPE_GROUPS.get(account_type, TYPE_GROUPS["other"])


def group_order(account_type: str) -> int:
    """Return the place of a type's heading among the headings, from 0."""
    return _GROUP_ORDER.index(group_of(account_type))


def in_tree_order(records: Iterable[AccountRecord]) -> list[tuple[AccountRecord, int]]:
    """Return records parent before child, with their depth; siblings keep the given order.

    A record whose parent is not among them stands at the top.
    """
    given = list(records)
    known = {record.account_id for record in given}
    below: dict[int | None, list[AccountRecord]] = {}
    for record in given:
        parent = record.parent_id if record.parent_id in known else None
        below.setdefault(parent, []).append(record)
    found: list[tuple[AccountRecord, int]] = []
    waiting = [(record, 0) for record in reversed(below.get(None, []))]
    while waiting:
        record, depth = waiting.pop()
        found.append((record, depth))
        waiting.extend((child, depth + 1) for child in reversed(below.get(record.account_id, [])))
    return found


def account_choices(
    records: Iterable[AccountRecord], *, also: Sequence[int] = ()
) -> list[AccountChoice]:
    """Return the open accounts by heading and name; `also` names closed ones to offer still."""
    real = [
        record
        for record in records
        if record.is_real and (record.closed_at is None or record.account_id in also)
    ]
    real.sort(key=lambda one: (group_order(one.account_type), one.name.casefold()))
    return [
        AccountChoice(
            account_id=record.account_id,
            name=record.name,
            currency=record.commodity or "",
            group=group_of(record.account_type),
        )
        for record in real
    ]


def category_choices(
    records: Iterable[AccountRecord], *, without: frozenset[int] = frozenset()
) -> list[CategoryChoice]:
    """Return the categories that are not merged away, as a tree; `without` are left out."""
    shown = [
        record
        for record in records
        if record.is_category and record.merged_into_id is None and record.account_id not in without
    ]
    return [
        CategoryChoice(
            category_id=record.account_id,
            name=record.name,
            kind=record.account_class,
            depth=depth,
        )
        for record, depth in in_tree_order(shown)
    ]
