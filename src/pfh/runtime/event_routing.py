"""Which topics an event goes to (docs/specs/events.md §6, decision 0016).

`transactions` carries every event of every household, in order: a consumer that applies an event
only when its number is the next one needs no other topic. The rest are copies for consumers that
care for a few types and for no gap between them.
"""

from __future__ import annotations

from typing import Final

from pfh.adapters.event_stream.topic_spec import DEAD_LETTERS_SUFFIX
from pfh.features.accounts import events as accounts
from pfh.features.households import events as households
from pfh.features.identity import events as identity
from pfh.features.imports import events as imports
from pfh.features.ledger import events as ledger
from pfh.features.payees import events as payees
from pfh.features.rates import events as rates
from pfh.features.tags import events as tags

TRANSACTIONS: Final = "personal_finance.transactions.v1"
BUDGET: Final = "personal_finance.budget.v1"
DASHBOARD: Final = "personal_finance.dashboard.v1"
SYNC: Final = "personal_finance.sync.v1"
NOTIFICATIONS: Final = "personal_finance.notifications.v1"
TOPICS: Final = (TRANSACTIONS, BUDGET, DASHBOARD, SYNC, NOTIFICATIONS)

_NOWHERE_ELSE: Final[tuple[str, ...]] = ()
# Event type → the topics that get a copy.
COPIES: Final[dict[str, tuple[str, ...]]] = {
    # What is booked, and what it is called, is of use in its order alone.
    **dict.fromkeys(ledger.EVENT_TYPES, _NOWHERE_ELSE),
    **dict.fromkeys(payees.EVENT_TYPES, _NOWHERE_ELSE),
    **dict.fromkeys(tags.EVENT_TYPES, _NOWHERE_ELSE),
    **dict.fromkeys(accounts.EVENT_TYPES, _NOWHERE_ELSE),
    # A budget is drawn over the categories.
    accounts.CATEGORY_CREATED: (BUDGET,),
    accounts.CATEGORY_CHANGED: (BUDGET,),
    accounts.CATEGORY_MERGED: (BUDGET,),
    accounts.CATEGORY_UNMERGED: (BUDGET,),
    accounts.CATEGORY_REMOVED: (BUDGET,),
    # What changes the figures of a dashboard without an entry.
    households.HOUSEHOLD_CREATED: _NOWHERE_ELSE,
    households.HOUSEHOLD_CHANGED: (DASHBOARD,),
    rates.RATE_SET: (DASHBOARD,),
    rates.RATE_REMOVED: (DASHBOARD,),
    # What came from a bank, and what a person is told of.
    imports.IMPORT_COMMITTED: (SYNC, NOTIFICATIONS),
    imports.IMPORT_REVERTED: (SYNC,),
    identity.USER_REGISTERED: (NOTIFICATIONS,),
    identity.PROFILE_CHANGED: (NOTIFICATIONS,),
    identity.PASSWORD_CHANGED: (NOTIFICATIONS,),
}


def topics_of(event_type: str) -> tuple[str, ...]:
    """Return the topics that an event of this type goes to, `transactions` first.

    A type that this program does not know goes to `transactions` alone, as every event does.
    """
    return (TRANSACTIONS, *COPIES.get(event_type, ()))


def dead_letters_of(topic: str) -> str:
    """Return the topic of the messages of `topic` that a consumer could not take."""
    return f"{topic}{DEAD_LETTERS_SUFFIX}"
