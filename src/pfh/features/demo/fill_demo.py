"""Fill a new household with the demo: one commit, so that there is all of it or nothing.

It exists apart from the plan because it is the plan's only contact with the books: the transactions
go through the same building and posting as those that a person enters.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from pfh.core import transaction
from pfh.core.account import SystemAccount
from pfh.core.commodity import commodity
from pfh.core.entry import Heading
from pfh.core.identity_types import AccountId
from pfh.features.accounts import api as accounts
from pfh.features.demo.plan_demo import plan_demo
from pfh.features.demo.records import CategoryPath, DemoAccount, DemoPlan, DemoTransaction
from pfh.features.ledger import api as ledger
from pfh.persistence.event_store import Origin, lock_household
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers
from pfh.ports.services import Services

_BATCH: Final = 500


async def fill_demo(services: Services, actor: Actor, today: date) -> int:
    """Open the demo's accounts and post its transactions in the actor's household.

    Meant for a household without accounts of its own: names that are taken are a problem.

    Args:
        services: the ports.
        actor: a member who may write.
        today: the last day of the demo; the first one is three years earlier.

    Returns:
        The number of transactions written, opening balances not counted.

    Raises:
        NotAllowed: the actor is a viewer.
        The problems of opening an account, for example a name that is taken.
    """
    actor.require_writer()
    plan = plan_demo(today)
    origin = Origin(actor.user_id, actor.correlation_id, services.clock.now())

    async def unit(connection: Connection) -> None:
        await lock_household(connection, actor.household_id)
        await write_plan(connection, actor.household_id, origin, services.identifiers, plan)

    await services.database.write(unit)
    return len(plan.transactions)


async def write_plan(
    connection: Connection,
    household_id: int,
    origin: Origin,
    identifiers: Identifiers,
    plan: DemoPlan,
) -> None:
    """Write a plan inside the caller's unit of work; raises as `fill_demo`."""
    writer = _Writer(connection, household_id, origin, identifiers)
    await writer.open_accounts(plan)
    await writer.find_categories(plan)
    for start in range(0, len(plan.transactions), _BATCH):
        await writer.post(plan.transactions[start : start + _BATCH])


class _Writer:
    """Writes a plan inside one unit of work; it knows the ids behind the plan's names."""

    def __init__(
        self, connection: Connection, household_id: int, origin: Origin, identifiers: Identifiers
    ) -> None:
        self._connection = connection
        self._household_id = household_id
        self._origin = origin
        self._identifiers = identifiers
        self._account_ids: dict[str, str] = {}
        self._exponents: dict[str, int] = {}
        self._category_ids: dict[CategoryPath, str] = {}

    async def open_accounts(self, plan: DemoPlan) -> None:
        """Open the accounts with what was in them before the first day."""
        openings = []
        for account in plan.accounts:
            record = await accounts.open_account(
                self._connection,
                self._household_id,
                self._origin,
                accounts.NewAccount(account.name, account.account_type, account.currency),
                self._identifiers,
            )
            self._account_ids[account.name] = str(record.account_id)
            self._exponents[account.name] = commodity(account.currency).exponent
            if account.opening_minor:
                openings.append(await self._opening(account, record))
        await self._post(openings)

    async def _opening(
        self, account: DemoAccount, record: accounts.AccountRecord
    ) -> ledger.EntrySnapshot:
        """Return the entry that brings in what the account held."""
        equity = await accounts.system_account(
            self._connection, self._household_id, SystemAccount.OPENING_BALANCES.value
        )
        if equity is None:
            message = f"household {self._household_id} lacks its account for opening balances"
            raise RuntimeError(message)
        entry = transaction.opening(
            Heading(account.opening_day.isoformat(), "Opening balance"),
            transaction.Holding(AccountId(record.account_id), commodity(account.currency)),
            account.opening_minor,
            opening_balances_id=AccountId(equity.account_id),
        )
        classes = {known.account_id: known.account_class for known in (record, equity)}
        return ledger.EntrySnapshot(
            entry_id=self._identifiers.next(),
            date=account.opening_day.isoformat(),
            transaction_type=entry.transaction_type.value,
            postings=tuple(
                ledger.PostingSnapshot(
                    posting.account_id,
                    classes[posting.account_id],
                    posting.amount_minor,
                    posting.commodity,
                )
                for posting in entry.postings
            ),
            description=entry.heading.description,
            created_at=self._origin.occurred_at,
        )

    async def find_categories(self, plan: DemoPlan) -> None:
        """Find the categories among the household's default ones; make those that are missing."""
        for category in plan.categories:
            found = await accounts.category_by_path(
                self._connection,
                self._household_id,
                self._origin,
                category.path,
                category.kind,
                self._identifiers,
                create=True,
            )
            self._category_ids[category.path] = str(found)

    async def post(self, transactions: tuple[DemoTransaction, ...]) -> None:
        """Build and post some transactions."""
        place = ledger.Place(self._household_id, self._origin.occurred_at, self._identifiers)
        entries = [
            await ledger.build_entry(
                self._connection,
                place,
                self._stated(planned),
                entry_id=self._identifiers.next(),
            )
            for planned in transactions
        ]
        await self._post(entries)

    async def _post(self, entries: list[ledger.EntrySnapshot]) -> None:
        await ledger.post_entries(
            self._connection, self._household_id, self._origin, entries, self._identifiers
        )

    def _stated(self, planned: DemoTransaction) -> ledger.TransactionInput:
        """Return a planned transaction as a person would state it."""
        exponent = self._exponents[planned.account]
        category_ids: Mapping[CategoryPath, str] = self._category_ids
        target = planned.transfer_account
        received = planned.received_minor
        return ledger.TransactionInput(
            amount=Decimal(planned.amount_minor).scaleb(-exponent),
            transaction_type=planned.transaction_type,
            transaction_date=planned.day.isoformat(),
            account_id=self._account_ids[planned.account],
            description=planned.description,
            category_id=category_ids[planned.category] if planned.category else None,
            transfer_account_id=self._account_ids[target] if target else None,
            transfer_amount=Decimal(received).scaleb(-self._exponents[target])
            if target and received is not None
            else None,
            splits=[
                ledger.SplitInput(
                    Decimal(split.amount_minor).scaleb(-exponent),
                    category_ids[split.category],
                    split.memo or None,
                )
                for split in planned.splits
            ]
            or None,
            payee=planned.payee or None,
            notes=planned.notes or None,
            tags=list(planned.tags),
            status=planned.status,
        )
