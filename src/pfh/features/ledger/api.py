"""What other features may ask of the ledger: entries written and removed in their own unit."""

from __future__ import annotations

from collections.abc import Sequence

from pfh.core.identity_types import parse_id
from pfh.features.ledger import events, store
from pfh.features.ledger.account_totals import recount_account_totals
from pfh.features.ledger.build_entry import Place, build_entry
from pfh.features.ledger.export_transactions import export_transactions
from pfh.features.ledger.list_filter import ListFilter, parse_filter
from pfh.features.ledger.list_transactions import list_transactions, read_transaction
from pfh.features.ledger.opening import Opening, openings_of, set_opening
from pfh.features.ledger.post_transaction import post_transaction
from pfh.features.ledger.schemas import (
    SplitInput,
    TransactionInput,
    TransactionList,
    TransactionView,
)
from pfh.features.ledger.snapshot import EntrySnapshot, PostingSnapshot
from pfh.features.ledger.verify_books import Check, verify_books
from pfh.persistence.event_store import Origin, append
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers

ENTRY_POSTED = events.ENTRY_POSTED
ENTRY_CHANGED = events.ENTRY_CHANGED
ENTRY_DELETED = events.ENTRY_DELETED
ENTRY_RESTORED = events.ENTRY_RESTORED
decode_change = events.decode_change
decode_entry = events.decode_entry
as_posted = store.as_posted
find_entries = store.find_entries

__all__ = [
    "ENTRY_CHANGED",
    "ENTRY_DELETED",
    "ENTRY_POSTED",
    "ENTRY_RESTORED",
    "Check",
    "EntrySnapshot",
    "ListFilter",
    "Opening",
    "Place",
    "PostingSnapshot",
    "SplitInput",
    "TransactionInput",
    "TransactionList",
    "TransactionView",
    "as_posted",
    "build_entry",
    "decode_change",
    "decode_entry",
    "export_transactions",
    "find_entries",
    "list_transactions",
    "openings_of",
    "parse_filter",
    "parse_id",
    "post_entries",
    "post_transaction",
    "read_transaction",
    "recount_account_totals",
    "remove_entries",
    "set_opening",
    "verify_books",
]


async def post_entries(
    connection: Connection,
    household_id: int,
    origin: Origin,
    entries: Sequence[EntrySnapshot],
    identifiers: Identifiers,
) -> int:
    """Write sound entries with one `EntryPosted` each; returns the household's sequence number.

    The caller has checked them (sums zero per commodity, accounts open and of this household).
    """
    await store.insert_entries(connection, household_id, entries)
    event_ids = identifiers.take(len(entries))
    drafts = list(map(events.posted, event_ids, entries))
    return await append(connection, household_id, origin, drafts)


async def remove_entries(
    connection: Connection,
    household_id: int,
    origin: Origin,
    entries: Sequence[EntrySnapshot],
    identifiers: Identifiers,
) -> int:
    """Take entries out of the books with one `EntryDeleted` each, past the trash.

    For undoing a whole import: the events keep the content, the trash is for single decisions.
    """
    await store.remove_entries(connection, household_id, entries)
    event_ids = identifiers.take(len(entries))
    drafts = list(map(events.deleted, event_ids, entries))
    return await append(connection, household_id, origin, drafts)
