"""People of two hubs on one database, and the proof of all their books."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field

import httpx

from pfh.features.dashboard import api as dashboard
from pfh.features.ledger.verify_books import verify_books
from pfh.persistence.verify_events import chain_faults
from tests.integration.books.book import Json, Person
from tests.integration.identity.hub import Hub


@dataclass
class Pair:
    """Two hubs; everybody who signs up has a `Person` in each, with the same token."""

    hubs: tuple[Hub, Hub]
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
    people: list[Person] = field(default_factory=list)

    async def sign_up(self, name: str) -> tuple[Person, Person]:
        """Sign somebody up and return them as a visitor of each hub."""
        signed_in = await self.hubs[0].register(f"{name}@example.org", first_name=name)
        actor = signed_in.actor("c0ffee")
        here, there = (Person(client, actor, signed_in.access_token) for client in self.clients)
        self.people.append(here)
        return here, there

    async def count(self, table: str, person: Person) -> int:
        """Return how many rows of a table belong to the person's household."""
        ((found,),) = await self.hubs[0].rows(
            f"SELECT COUNT(*) FROM {table} WHERE household_id = $1",
            person.actor.household_id,
        )
        return int(found)

    async def check(self) -> None:
        """Assert that sums, balances, read models and event chains of everybody are right."""
        services = self.hubs[0].services
        for person in self.people:
            household_id = person.actor.household_id
            await dashboard.project_all(services, household_id)
            checks = await verify_books(services.database, household_id)
            assert [fault for check in checks for fault in check.faults] == []
            assert await chain_faults(services.database, household_id) == []
            assert await dashboard.differences(services, household_id) == []


async def together(work: Sequence[Awaitable[httpx.Response]]) -> Sequence[httpx.Response]:
    """Send requests at the same time; none may be a failure of the hub."""
    answers = await asyncio.gather(*work)
    assert [one.text for one in answers if one.status_code >= 500] == []
    return answers


def statuses(answers: Sequence[httpx.Response]) -> dict[int, int]:
    """Count the answers by status."""
    return dict(Counter(answer.status_code for answer in answers))


def problem_codes(answers: Sequence[httpx.Response]) -> set[str]:
    """Return the codes of the answers that are problems."""
    return {answer.json()["code"] for answer in answers if answer.status_code >= 400}


async def balance_of(person: Person, account: Json) -> str:
    """Return what the API tells as the balance of an account."""
    found = await person.get(f"/api/accounts/{account['id']}")
    return str(found["balance"])
