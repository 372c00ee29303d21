"""Closing, reopening and removing an account."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from pfh.core.account import name_key
from pfh.core.commodity import commodity
from pfh.core.money import format_minor
from pfh.features.accounts import events
from pfh.features.accounts.balance_store import balances_of
from pfh.features.accounts.create_account import account_answer
from pfh.features.accounts.errors import AccountInUse, BalanceNotZero
from pfh.features.accounts.find_account import real_account
from pfh.features.accounts.remove_row import remove_row
from pfh.features.accounts.schemas import RemovedAnswer
from pfh.features.accounts.store import AccountRecord, has_postings, update_account
from pfh.persistence.command import origin_of, run_once
from pfh.persistence.event_store import append
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_encode = msgspec.json.Encoder().encode


async def close_account(
    services: Services, actor: Actor, account_id: int, key: RequestKey | None = None
) -> Answer:
    """Close an account, so that it takes no more entries, and answer 200 with it.

    Closing a closed account changes nothing.

    Raises:
        NotAllowed, AccountNotFound, AccountWrongKind, BalanceNotZero.
    """
    return await _set_closed(services, actor, account_id, key, is_closed=True)


async def reopen_account(
    services: Services, actor: Actor, account_id: int, key: RequestKey | None = None
) -> Answer:
    """Open a closed account again and answer 200 with it; an open one stays as it is.

    Raises:
        NotAllowed, AccountNotFound, AccountWrongKind.
    """
    return await _set_closed(services, actor, account_id, key, is_closed=False)


async def _set_closed(
    services: Services, actor: Actor, account_id: int, key: RequestKey | None, *, is_closed: bool
) -> Answer:
    origin, today = origin_of(services, actor), services.clock.today()

    async def unit(connection: Connection) -> Answer:
        before = await real_account(connection, actor.household_id, account_id, field=None)
        if (before.closed_at is not None) != is_closed:
            if is_closed:
                await _check_empty(connection, actor.household_id, before)
            after = replace(before, closed_at=origin.occurred_at if is_closed else None)
            await update_account(connection, actor.household_id, after, name_key(after.name))
            kind = events.ACCOUNT_CLOSED if is_closed else events.ACCOUNT_REOPENED
            draft = events.told(services.identifiers.next(), kind, after)
            await append(connection, actor.household_id, origin, [draft])
        return await account_answer(connection, actor, account_id, today)

    return await run_once(services, actor, key, unit)


async def _check_empty(connection: Connection, household_id: int, account: AccountRecord) -> None:
    left: Mapping[str, int] = {
        balance.commodity: balance.amount_minor
        for balance in await balances_of(connection, household_id)
        if balance.account_id == account.account_id and balance.amount_minor
    }
    if left:
        shown = ", ".join(
            f"{format_minor(amount_minor, commodity(code))} {code}"
            for code, amount_minor in left.items()
        )
        message = f"There is still {shown} in “{account.name}”."
        raise BalanceNotZero(message, fix="Transfer it to another account first.")


async def remove_account(
    services: Services, actor: Actor, account_id: int, key: RequestKey | None = None
) -> Answer:
    """Remove an account that nothing was ever booked on and answer 200 with its id.

    Raises:
        NotAllowed, AccountNotFound, AccountWrongKind.
        AccountInUse: it has entries, accounts below it, or an import remembers it.
    """
    origin = origin_of(services, actor)

    async def unit(connection: Connection) -> Answer:
        record = await real_account(connection, actor.household_id, account_id, field=None)
        if await has_postings(connection, account_id):
            message = f"There are entries on “{record.name}”."
            raise AccountInUse(message, fix="Close it instead; its history stays.")
        await remove_row(connection, actor.household_id, record)
        draft = events.told(services.identifiers.next(), events.ACCOUNT_REMOVED, record)
        sequence = await append(connection, actor.household_id, origin, [draft])
        return Answer(200, _encode(RemovedAnswer(str(account_id), sequence)))

    return await run_once(services, actor, key, unit)
