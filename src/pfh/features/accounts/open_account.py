"""Opening an account: one row and its event, in the unit of work of whoever needs it."""

from __future__ import annotations

from dataclasses import dataclass

from pfh.core.account import checked_name, name_key, parse_account_type
from pfh.core.commodity import commodity
from pfh.core.entry import raise_problems
from pfh.core.errors import Problem
from pfh.core.text import line_problem
from pfh.features.accounts import events
from pfh.features.accounts.placing import check_name_free, check_place
from pfh.features.accounts.store import AccountRecord, insert_account
from pfh.persistence.event_store import Origin, append
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers

EXTERNAL_ID_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as a person or a file states it.

    `account_type` is one of the nine of the API, `commodity` a code, `external_id` the bank's own
    number, `parent_id` an account of the same class.
    """

    name: str
    account_type: str
    commodity: str
    external_id: str | None = None
    parent_id: int | None = None


async def open_account(
    connection: Connection,
    household_id: int,
    origin: Origin,
    new: NewAccount,
    identifiers: Identifiers,
) -> AccountRecord:
    """Add an account with a balance of zero and its `AccountOpened`.

    Raises:
        AccountTypeUnknown, CurrencyUnknown, NameMissing, TextTooLong, TextNotPrintable,
        ParentNotFound, ParentOfOtherClass, AccountClosed (the parent), AccountNameTaken; several
        as `Problems`.
    """
    record = _checked(new, identifiers.next(), origin.occurred_at)
    await check_place(connection, household_id, record)
    await check_name_free(connection, household_id, record)
    await insert_account(connection, household_id, record, name_key(record.name))
    draft = events.told(identifiers.next(), events.ACCOUNT_OPENED, record)
    await append(connection, household_id, origin, [draft])
    return record


def _checked(new: NewAccount, account_id: int, now: int) -> AccountRecord:
    problems: list[Problem] = []
    name = account_class = ""
    try:
        name = checked_name(new.name)
    except Problem as problem:
        problems.append(problem)
    try:
        account_class = parse_account_type(new.account_type).account_class.value
    except Problem as problem:
        problems.append(problem)
    try:
        commodity(new.commodity)
    except Problem as problem:
        problems.append(problem)
    external_id = None
    try:
        external_id = checked_external_id(new.external_id)
    except Problem as problem:
        problems.append(problem)
    raise_problems(problems)
    return AccountRecord(
        account_id=account_id,
        account_class=account_class,
        account_type=new.account_type,
        name=name,
        parent_id=new.parent_id,
        commodity=new.commodity,
        external_id=external_id,
        created_at=now,
    )


def checked_external_id(text: str | None) -> str | None:
    """Return the bank's own number as it is stored, None for none.

    Raises:
        TextTooLong, TextNotPrintable.
    """
    stripped = (text or "").strip() or None
    if stripped is not None:
        problem = line_problem(stripped, field="externalId", length_max=EXTERNAL_ID_LENGTH_MAX)
        if problem is not None:
            raise problem
    return stripped
