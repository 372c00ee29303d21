"""A household with two accounts in two currencies, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pfh.features.accounts import api as accounts
from pfh.features.dashboard.compare import differences
from pfh.features.dashboard.consumers import project_all
from pfh.features.dashboard.read_dashboard import Asked, read_dashboard
from pfh.features.dashboard.render import dashboard
from pfh.features.identity.api import usual_founders
from pfh.features.ledger.api import TransactionInput, post_transaction
from pfh.persistence.event_store import Origin
from pfh.ports.actor import Actor
from pfh.ports.database import Connection, Database
from pfh.ports.services import Services
from tests.integration.identity.hub import Hub, make_hub


@dataclass
class Home:
    """One household whose dashboard is looked at."""

    hub: Hub
    actor: Actor
    bank: str
    card: str
    dollars: str
    categories: dict[str, str]

    @property
    def services(self) -> Services:
        """The ports."""
        return self.hub.services

    async def post(
        self, kind: str, amount: str, date: str, **more: str | Decimal
    ) -> dict[str, Any]:
        """Create a transaction on the bank account and return its answer."""
        given: dict[str, Any] = {
            "amount": Decimal(amount),
            "transaction_type": kind,
            "transaction_date": date,
            "account_id": self.bank,
            **more,
        }
        stated = TransactionInput(**given)
        answer = await post_transaction(self.services, self.actor, stated)
        found: dict[str, Any] = msgspec.json.decode(answer.body)
        return found

    async def project(self) -> None:
        """Bring the read model to the head."""
        await project_all(self.services, self.actor.household_id)

    async def look(self, period: str | None = None, at_least: int = 0) -> dict[str, Any]:
        """Return the dashboard as JSON."""
        body = await read_dashboard(
            self.services, self.actor, Asked(period, at_least), view="dashboard", render=dashboard
        )
        found: dict[str, Any] = msgspec.json.decode(body)
        return found

    async def faults(self) -> list[str]:
        """Return where the read model differs from the journal."""
        return await differences(self.services, self.actor.household_id)


@pytest.fixture
async def home(books: Database, tmp_path: Path) -> Home:
    """Return a household that just signed up."""
    hub = make_hub(books, tmp_path, exclusive=books.dialect == "sqlite")
    hub.founders = usual_founders(hub.services)
    return await _furnish(hub)


async def _furnish(hub: Hub) -> Home:
    signed_in = await hub.register()
    household_id = signed_in.membership.household.household_id
    actor = Actor(
        user_id=signed_in.user.user_id,
        household_id=household_id,
        household_role="owner",
        role="user",
        session_id=1,
        correlation_id="test",
    )
    origin = Origin(actor.user_id, "test", hub.clock.now())

    async def unit(connection: Connection) -> list[str]:
        made = []
        for name, kind, code in (
            ("Bank", "checking", "EUR"),
            ("Card", "credit_card", "EUR"),
            ("Dollars", "cash", "USD"),
        ):
            record = await accounts.open_account(
                connection,
                household_id,
                origin,
                accounts.NewAccount(name=name, account_type=kind, commodity=code),
                hub.services.identifiers,
            )
            made.append(str(record.account_id))
        return made

    bank, card, dollars = await hub.services.database.write(unit)

    async def tree(connection: Connection) -> dict[str, str]:
        found = await accounts.all_accounts(connection, household_id)
        return {record.name: str(record.account_id) for record in found if record.is_category}

    return Home(hub, actor, bank, card, dollars, await hub.services.database.read(tree))
