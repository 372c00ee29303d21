"""What other features may ask of payees."""

from __future__ import annotations

from pfh.core.errors import Problem
from pfh.core.text import line_problem
from pfh.features.payees.errors import PayeeNotFound
from pfh.features.payees.store import (
    NAME_LENGTH_MAX,
    PayeeRecord,
    expect_payee,
    find_payee,
    insert_payee,
    last_uses,
    one_payee,
    payees_containing,
)
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers

__all__ = [
    "NAME_LENGTH_MAX",
    "PayeeNotFound",
    "PayeeRecord",
    "expect_payee_for",
    "last_uses",
    "payee_for",
    "payee_name_problem",
    "payees_containing",
    "require_payee",
]


def payee_name_problem(name: str, *, field: str = "payee") -> Problem | None:
    """Judge the name of a payee: 1 to 200 printable characters after trimming."""
    return line_problem(name, field=field, length_max=NAME_LENGTH_MAX)


def expect_payee_for(connection: Connection, household_id: int, name: str) -> None:
    """Say that `payee_for` will be called with this name."""
    expect_payee(connection, household_id, name.casefold())


async def payee_for(
    connection: Connection,
    household_id: int,
    name: str,
    *,
    identifiers: Identifiers,
    now: int,
) -> tuple[int, str]:
    """Return id and spelling of the payee with this name, made now when there is none.

    Names are compared case-folded, so "Bakery" and "BAKERY" are one payee; the first spelling
    stays. A payee that was merged away answers with the one it became.
    """
    name_key = name.casefold()
    found = await find_payee(connection, household_id, name_key)
    if found is not None:
        return found
    record = PayeeRecord(identifiers.next(), name, None, now)
    await insert_payee(connection, household_id, record, name_key)
    return record.payee_id, name


async def require_payee(connection: Connection, household_id: int, payee_id: int) -> None:
    """Return when the household has this payee, merged away or not; raises PayeeNotFound."""
    if await one_payee(connection, household_id, payee_id) is None:
        raise PayeeNotFound("There is no such payee.", field="payeeId", fix="Choose another one.")
