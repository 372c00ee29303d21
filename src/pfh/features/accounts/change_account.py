"""Changing an account: name, type, place, number at the bank, opening balance."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from pfh.core.account import checked_name, name_key, parse_account_type
from pfh.core.commodity import commodity
from pfh.core.entry import raise_problems
from pfh.core.errors import Problem
from pfh.core.identity_types import parse_id
from pfh.core.money import parse_minor
from pfh.core.period import date_problem
from pfh.features.accounts import events
from pfh.features.accounts.create_account import account_answer
from pfh.features.accounts.errors import AccountClosed, AccountTypeFixed
from pfh.features.accounts.find_account import check_version, real_account
from pfh.features.accounts.open_account import checked_external_id
from pfh.features.accounts.placing import check_name_free, check_place
from pfh.features.accounts.schemas import AccountPatch
from pfh.features.accounts.store import (
    AccountRecord,
    has_children,
    has_postings,
    update_account,
)
from pfh.features.ledger import api as ledger
from pfh.persistence.command import origin_of, run_once
from pfh.persistence.event_store import Origin, append
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def change_account(
    services: Services,
    actor: Actor,
    account_id: int,
    patch: AccountPatch,
    key: RequestKey | None = None,
) -> Answer:
    """Apply the given fields to an account and answer 200 with it.

    Raises:
        NotAllowed, AccountNotFound, AccountWrongKind, AccountVersionConflict; AccountClosed when
        the opening balance of a closed account would change; AccountTypeFixed; the problems of
        name, parent, `openingBalance` and `openingDate`.
    """
    origin, today = origin_of(services, actor), services.clock.today()

    async def unit(connection: Connection) -> Answer:
        before = await real_account(connection, actor.household_id, account_id, field=None)
        check_version(before, patch.version)
        after = _patched(before, patch)
        if after != before:
            await _check(connection, actor.household_id, before, after)
            await update_account(connection, actor.household_id, after, name_key(after.name))
            draft = events.changed(services.identifiers.next(), before, after)
            await append(connection, actor.household_id, origin, [draft])
        if patch.opening_balance is not UNSET or patch.opening_date is not UNSET:
            await _change_opening(connection, services, actor, origin, after, patch)
        return await account_answer(connection, actor, account_id, today)

    return await run_once(services, actor, key, unit)


def _patched(before: AccountRecord, patch: AccountPatch) -> AccountRecord:
    after = before
    if patch.name is not UNSET:
        after = replace(after, name=checked_name(patch.name))
    if patch.account_type is not UNSET:
        account_class = parse_account_type(patch.account_type).account_class.value
        after = replace(after, account_type=patch.account_type, account_class=account_class)
    if patch.parent_id is not UNSET:
        parent_id = None if patch.parent_id is None else parse_id(patch.parent_id)
        after = replace(after, parent_id=parent_id)
    if patch.external_id is not UNSET:
        after = replace(after, external_id=checked_external_id(patch.external_id))
    if patch.order is not UNSET:
        after = replace(after, sort_order=patch.order)
    return after


async def _check(
    connection: Connection, household_id: int, before: AccountRecord, after: AccountRecord
) -> None:
    if after.account_class != before.account_class and (
        await has_postings(connection, before.account_id)
        or await has_children(connection, household_id, before.account_id)
    ):
        message = "An account with entries cannot turn from what you own into what you owe."
        raise AccountTypeFixed(
            message, field="accountType", fix="Open a new account of the other type."
        )
    if (after.parent_id, after.account_class) != (before.parent_id, before.account_class):
        await check_place(connection, household_id, after)
    if (after.parent_id, after.name) != (before.parent_id, before.name):
        await check_name_free(connection, household_id, after)


async def _change_opening(  # noqa: PLR0913 -- where, who, which and what
    connection: Connection,
    services: Services,
    actor: Actor,
    origin: Origin,
    account: AccountRecord,
    patch: AccountPatch,
) -> None:
    if account.closed_at is not None:
        message = f"The account “{account.name}” is closed."
        raise AccountClosed(message, field="openingBalance", fix="Reopen it first.")
    known = await ledger.openings_of(connection, actor.household_id, account.account_id)
    opening = known.get(account.account_id)
    amount_minor = 0 if opening is None else opening.amount_minor
    date = services.clock.today() if opening is None else opening.date
    problems: list[Problem] = []
    if patch.opening_date is not UNSET:
        problem = date_problem(patch.opening_date, field="openingDate")
        problems.extend([] if problem is None else [problem])
        date = patch.opening_date
    if patch.opening_balance is not UNSET:
        unit = commodity(account.commodity or "")
        try:
            amount_minor = parse_minor(patch.opening_balance, unit, field="openingBalance")
        except Problem as problem_of_amount:
            problems.append(problem_of_amount)
    raise_problems(problems)
    await ledger.set_opening(
        connection,
        actor.household_id,
        origin,
        account,
        amount_minor=amount_minor,
        date=date,
        identifiers=services.identifiers,
    )
