"""Proving the chart of accounts: every row is what the events make of it.

It exists because a category moved by hand moves years of spending without a trace in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from pfh.core.account import name_key
from pfh.features.accounts import events
from pfh.features.accounts.events import AccountChange, AccountSnapshot, CategoryMerge, Chart
from pfh.features.accounts.store import all_accounts
from pfh.ports.database import Connection

_EVENTS = """
    SELECT type, payload FROM events
    WHERE household_id = $1 AND type = ANY($2::text[]) ORDER BY household_seq"""
_NAME_KEYS = "SELECT account_id, name_key FROM accounts WHERE household_id = $1"
_CHANGES = (events.ACCOUNT_CHANGED, events.CATEGORY_CHANGED)
_REMOVALS = (events.ACCOUNT_REMOVED, events.CATEGORY_REMOVED)
_MERGES = (events.CATEGORY_MERGED, events.CATEGORY_UNMERGED)
_decode_chart = msgspec.json.Decoder(Chart).decode
_decode_change = msgspec.json.Decoder(AccountChange).decode
_decode_snapshot = msgspec.json.Decoder(AccountSnapshot).decode
_replace: Any = msgspec.structs.replace


async def account_faults(connection: Connection, household_id: int) -> tuple[str, ...]:
    """Return one sentence for each account or category that differs from its events."""
    told = _folded(await connection.fetch_all(_EVENTS, household_id, list(events.EVENT_TYPES)))
    kept = {
        record.account_id: events.snapshot_of(record)
        for record in await all_accounts(connection, household_id)
    }
    faults = [
        f"accounts: account {account_id}: {_difference(kept.get(account_id), told.get(account_id))}"
        for account_id in sorted({*kept, *told})
        if kept.get(account_id) != told.get(account_id)
    ]
    for account_id, key in await connection.fetch_all(_NAME_KEYS, household_id):
        if key != name_key(kept[account_id].name):
            faults.append(f"accounts: account {account_id}: its name_key is not that of its name")
    return tuple(faults)


def _folded(rows: Iterable[Any]) -> dict[int, AccountSnapshot]:
    """Return the tree that the events leave, by account."""
    tree: dict[int, AccountSnapshot] = {}
    for kind, payload in rows:
        if kind == events.CHART_FOUNDED:
            tree.update({one.account_id: one for one in _decode_chart(payload).accounts})
        elif kind in _CHANGES:
            after = _decode_change(payload).after
            tree[after.account_id] = after
        elif kind in _MERGES:
            _move(tree, events.decode_merge(payload))
        elif kind in _REMOVALS:
            tree.pop(_decode_snapshot(payload).account_id, None)
        else:
            after = _decode_snapshot(payload)
            tree[after.account_id] = after
    return tree


def _move(tree: dict[int, AccountSnapshot], merge: CategoryMerge) -> None:
    for field, pointers in (("parent_id", merge.parents), ("merged_into_id", merge.merges)):
        for pointer in pointers:
            before = tree.get(pointer.account_id)
            if before is not None:
                tree[pointer.account_id] = _replace(before, **{field: pointer.to_id})


def _difference(kept: AccountSnapshot | None, told: AccountSnapshot | None) -> str:
    if kept is None:
        return "its events tell of it, and it is not there"
    if told is None:
        return "no event tells of it"
    names = [name for name in kept.__struct_fields__ if getattr(kept, name) != getattr(told, name)]
    return f"its {', '.join(names)} is not what its events say"
