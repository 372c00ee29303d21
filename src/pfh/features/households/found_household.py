"""Founding a household in the unit of work that makes its first member.

It exists apart from the sign-up so that a second household (a club, a child) can be founded later
by the same rule: a household has an owner and a base commodity from its first row on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from pfh.core.commodity import CommodityKind, commodity
from pfh.features.households.errors import BaseCurrencyUnusable
from pfh.features.households.events import HouseholdSnapshot, household_created
from pfh.features.households.store import (
    HouseholdRecord,
    MembershipRecord,
    insert_household,
    insert_membership,
)
from pfh.persistence.event_store import Draft, Origin
from pfh.ports.database import Connection

NAME_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """A household that is coming into being; `origin.actor_id` is its first owner."""

    household_id: int
    user_id: int
    name: str
    base_commodity: str
    origin: Origin


# Another feature's part in a new household, such as its default categories. It runs in the founding
# unit, after the household's rows and events, and appends its own events.
HouseholdFounder: TypeAlias = Callable[[Connection, Founding], Awaitable[None]]


async def found_household(
    connection: Connection, founding: Founding, *, event_id: int
) -> tuple[MembershipRecord, Draft]:
    """Store the household and its owner; return the membership and the event to append.

    The caller appends the draft and then calls the founders of the other features, so that the
    first event of a household is always its own.
    """
    created_at = founding.origin.occurred_at
    record = HouseholdRecord(
        founding.household_id, founding.name, founding.base_commodity, created_at
    )
    await insert_household(connection, record)
    await insert_membership(
        connection, record.household_id, founding.user_id, role="owner", created_at=created_at
    )
    snapshot = HouseholdSnapshot(record.name, record.base_commodity)
    return (
        MembershipRecord(record, "owner"),
        household_created(event_id, record.household_id, snapshot),
    )


def base_currency(code: str, *, field: str = "currency") -> str:
    """Return the code when a household may think in it.

    Raises:
        CurrencyUnknown: no commodity has the code.
        BaseCurrencyUnusable: it is withdrawn, a metal or a cryptocurrency.
    """
    found = commodity(code, field=field)
    if found.kind is not CommodityKind.CURRENCY:
        raise BaseCurrencyUnusable(
            f"{found.code} ({found.name}) cannot be the base currency of a household.",
            field=field,
            fix="Choose a currency in use, like EUR or USD; accounts may still be kept in it.",
        )
    return found.code
