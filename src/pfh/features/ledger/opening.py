"""The opening balance of an account: one entry against the equity account `Opening balances`.

It exists as functions for a caller's unit of work, because the balance is stated with the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from pfh.core import transaction
from pfh.core.account import SystemAccount
from pfh.core.commodity import commodity
from pfh.core.entry import Heading
from pfh.core.identity_types import AccountId
from pfh.features.accounts import api as accounts
from pfh.features.accounts.api import AccountRecord
from pfh.features.ledger import events, store
from pfh.features.ledger.snapshot import EntrySnapshot, PostingSnapshot
from pfh.persistence.event_store import Origin, append
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers

DESCRIPTION = "Opening balance"


@dataclass(frozen=True, slots=True)
class Opening:
    """What an account held before its first entry: signed minor units as its balance, ISO date."""

    entry_id: int
    amount_minor: int
    date: str


async def openings_of(
    connection: Connection, household_id: int, account_id: int | None = None
) -> Mapping[int, Opening]:
    """Return account → opening balance, for one account or for all that have one."""
    equity = await _equity(connection, household_id)
    rows = await store.find_openings(connection, equity.account_id, account_id)
    return {row[1]: Opening(row[0], int(row[2]), row[3]) for row in rows}


async def set_opening(  # noqa: PLR0913 -- where, who, which account and what
    connection: Connection,
    household_id: int,
    origin: Origin,
    account: AccountRecord,
    *,
    amount_minor: int,
    date: str,
    identifiers: Identifiers,
) -> None:
    """Make this the opening balance of an account, in place of the one it has.

    Writes nothing when it is that already. An amount of zero removes the entry.

    Args:
        connection: of the unit of work, whose household is locked.
        household_id: the account's.
        origin: for the event.
        account: a real account, open.
        amount_minor: signed like the balance of the account: a debt of 350.00 is -35000.
        date: the opening date.
        identifiers: for the entry and the event.

    Raises:
        DateInvalid, DateOutOfRange, AmountTooLarge.
    """
    known = await openings_of(connection, household_id, account.account_id)
    opening = known.get(account.account_id)
    before = None
    if opening is not None:
        (before,) = await store.find_entries(connection, household_id, [opening.entry_id])
        if (opening.amount_minor, opening.date) == (amount_minor, date):
            return
    after = None
    if amount_minor:
        equity = await _equity(connection, household_id)
        after = _entry(account, equity, amount_minor, date)
    await _replace(connection, household_id, origin, (before, after), identifiers)


async def _replace(
    connection: Connection,
    household_id: int,
    origin: Origin,
    states: tuple[EntrySnapshot | None, EntrySnapshot | None],
    identifiers: Identifiers,
) -> None:
    before, after = states
    if before is None and after is None:
        return
    if before is not None:
        await store.remove_entries(connection, household_id, [before])
    if after is None:
        assert before is not None
        draft = events.deleted(identifiers.next(), before)
    elif before is None:
        after = msgspec.structs.replace(
            after, entry_id=identifiers.next(), created_at=origin.occurred_at
        )
        draft = events.posted(identifiers.next(), after)
    else:
        after = msgspec.structs.replace(
            after,
            entry_id=before.entry_id,
            created_at=before.created_at,
            version=before.version + 1,
        )
        draft = events.changed(identifiers.next(), before, after)
    if after is not None:
        await store.insert_entries(connection, household_id, [after])
    await append(connection, household_id, origin, [draft])


def _entry(
    account: AccountRecord, equity: AccountRecord, amount_minor: int, date: str
) -> EntrySnapshot:
    holding = transaction.Holding(AccountId(account.account_id), commodity(account.commodity or ""))
    built = transaction.opening(
        Heading(date, DESCRIPTION),
        holding,
        amount_minor,
        opening_balances_id=AccountId(equity.account_id),
    )
    classes = {record.account_id: record.account_class for record in (account, equity)}
    return EntrySnapshot(
        entry_id=0,
        date=date,
        transaction_type=built.transaction_type.value,
        postings=tuple(
            PostingSnapshot(
                posting.account_id,
                classes[posting.account_id],
                posting.amount_minor,
                posting.commodity,
            )
            for posting in built.postings
        ),
        description=DESCRIPTION,
    )


async def _equity(connection: Connection, household_id: int) -> AccountRecord:
    wanted = SystemAccount.OPENING_BALANCES
    record = await accounts.system_account(connection, household_id, wanted.value)
    if record is None:
        message = f"household {household_id} lacks its system account {wanted.value}"
        raise RuntimeError(message)
    return record
