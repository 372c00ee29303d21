"""What every new household starts with beside its own row.

It exists so that no way to sign up (page, API, command line, demo) can forget the chart of
accounts, without which nothing can be booked.
"""

from __future__ import annotations

from pfh.features.accounts.api import found_tree
from pfh.features.households.api import Founding, HouseholdFounder
from pfh.ports.database import Connection
from pfh.ports.services import Services


def usual_founders(services: Services) -> tuple[HouseholdFounder, ...]:
    """Return the founders of the features, in the order in which they run."""

    async def chart_of_accounts(connection: Connection, founding: Founding) -> None:
        await found_tree(
            connection,
            founding.household_id,
            identifiers=services.identifiers,
            origin=founding.origin,
        )

    return (chart_of_accounts,)
