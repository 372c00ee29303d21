"""What every change of a transaction shares: unit of work, origin, events, answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pfh.features.accounts import api as accounts
from pfh.features.ledger import store
from pfh.features.ledger.errors import TransactionNotFound
from pfh.features.ledger.schemas import TransactionAnswer
from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.features.ledger.view import Shown, fields_of
from pfh.persistence.command import origin_of, run_once
from pfh.persistence.event_store import Draft, Origin, append
from pfh.persistence.idempotency import Answer
from pfh.ports.actor import Actor
from pfh.ports.database import Connection

__all__ = [
    "CREATED",
    "OK",
    "answer_with",
    "check_accounts_open",
    "encode",
    "entry_of",
    "names_among",
    "names_of",
    "origin_of",
    "record",
    "refuse_closed",
    "rendered",
    "run_once",
]

CREATED, OK = 201, 200
encode = msgspec.json.Encoder().encode


async def check_accounts_open(
    connection: Connection, household_id: int, entry: EntrySnapshot
) -> None:
    """Refuse to take money out of a closed account: nobody would see its balance (§8.6)."""
    wanted = sorted({posting.account_id for posting in entry.postings})
    found = await accounts.find_accounts(connection, household_id, wanted)
    refuse_closed(found.values())


def refuse_closed(found: Iterable[accounts.AccountRecord]) -> None:
    """Raise AccountClosed for the first account that is closed."""
    for account in found:
        if account.closed_at is not None:
            message = f"The account “{account.name}” is closed."
            raise accounts.AccountClosed(message, field="accountId", fix="Reopen it first.")


async def entry_of(connection: Connection, actor: Actor, entry_id: int) -> EntrySnapshot:
    """Return a live entry of the actor's household.

    Raises:
        TransactionNotFound: absent, deleted, or another household's.
    """
    found = await store.find_entries(connection, actor.household_id, [entry_id])
    if not found:
        message = "There is no such transaction."
        raise TransactionNotFound(message, fix="It may be in the trash; refresh the list.")
    return found[0]


async def answer_with(
    connection: Connection, actor: Actor, entry: EntrySnapshot, *, status: int, household_seq: int
) -> Answer:
    """Render an entry after a write."""
    names = await names_of(connection, actor.household_id, [entry])
    return rendered(entry, names, status=status, household_seq=household_seq)


def rendered(
    entry: EntrySnapshot, names: Mapping[int, Shown], *, status: int, household_seq: int
) -> Answer:
    """Render an entry whose accounts are known."""
    body = TransactionAnswer(
        **fields_of(entry, names),  # type: ignore[arg-type]
        household_seq=household_seq,
    )
    return Answer(status, encode(body))


async def names_of(
    connection: Connection, household_id: int, entries: Sequence[EntrySnapshot]
) -> dict[int, Shown]:
    """Return account → what is shown for it, for every account in the entries.

    A category that was merged away is shown as the one that it became.
    """
    wanted = {posting.account_id for entry in entries for posting in entry.postings}
    rows = await accounts.shown_accounts(connection, household_id, sorted(wanted))
    return {row[0]: Shown(row[1], row[2]) for row in rows}


def names_among(records: Mapping[int, accounts.AccountRecord]) -> dict[int, Shown]:
    """Return what is shown for each of the accounts, which hold those merged into as well."""
    shown = {}
    for account_id, record in records.items():
        target = records.get(record.merged_into_id or account_id, record)
        shown[account_id] = Shown(target.account_id, target.name)
    return shown


async def record(
    connection: Connection, actor: Actor, origin: Origin, drafts: Sequence[Draft]
) -> int:
    """Append the events of the unit and return the household's sequence number."""
    return await append(connection, actor.household_id, origin, drafts)
