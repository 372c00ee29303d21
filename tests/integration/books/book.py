"""Two households behind one web application: requests, and what the tables say afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx

from pfh.features.dashboard import api as dashboard
from pfh.features.ledger.verify_books import verify_books
from pfh.ports.actor import Actor
from pfh.ports.services import Services
from tests.integration.identity.hub import Hub

Json: TypeAlias = dict[str, Any]
BASE = "http://hub.test"


@dataclass
class Person:
    """Somebody who is signed in; every method asserts the status and returns the JSON."""

    client: httpx.AsyncClient
    actor: Actor
    token: str

    async def send(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> httpx.Response:
        """Send a request and return the whole answer."""
        headers = {"authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["idempotency-key"] = key
        options: Json = {} if body is None else {"json": body}
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, *, status: int = 200) -> Json:
        """Read."""
        return await self._expect("GET", path, None, status)

    async def post(self, path: str, body: object = None, *, status: int = 201) -> Json:
        """Create, or do something (status 200)."""
        return await self._expect("POST", path, body, status)

    async def patch(self, path: str, body: object, *, status: int = 200) -> Json:
        """Change."""
        return await self._expect("PATCH", path, body, status)

    async def put(self, path: str, body: object, *, status: int = 200) -> Json:
        """Set."""
        return await self._expect("PUT", path, body, status)

    async def delete(self, path: str, *, status: int = 200) -> Json:
        """Remove."""
        return await self._expect("DELETE", path, None, status)

    async def _expect(self, method: str, path: str, body: object, status: int) -> Json:
        answer = await self.send(method, path, body)
        assert answer.status_code == status, f"{method} {path}: {answer.text}"
        found: Json = answer.json()
        return found

    async def refused(
        self, method: str, path: str, body: object = None, *, status: int, code: str
    ) -> Json:
        """Send a request that must be refused with a problem and return the problem."""
        answer = await self.send(method, path, body)
        assert answer.status_code == status, f"{method} {path}: {answer.text}"
        problem: Json = answer.json()
        codes = {problem["code"], *(one["code"] for one in problem.get("errors", ()))}
        assert code in codes, problem
        return problem

    async def account(self, name: str = "Checking", **fields: object) -> Json:
        """Open an account."""
        return await self.post("/api/accounts", {"name": name, "accountType": "checking", **fields})

    async def category(self, name: str, **fields: object) -> Json:
        """Add an expense category."""
        return await self.post("/api/categories", {"name": name, "kind": "expense", **fields})

    async def spend(self, account: Json, amount: str = "10.00", **fields: object) -> Json:
        """Create an expense of 2026-11-02."""
        return await self.post("/api/transactions", self.expense(account, amount, **fields))

    def expense(self, account: Json, amount: str = "10.00", **fields: object) -> Json:
        """Return the body of an expense."""
        return {
            "amount": amount,
            "transactionType": "expense",
            "transactionDate": "2026-11-02",
            "accountId": account["id"],
            **fields,
        }

    async def category_called(self, name: str) -> Json:
        """Return a category that a new household starts with."""
        found: list[Json] = (await self.get("/api/categories"))["items"]
        return next(one for one in found if one["name"] == name)


@dataclass
class Book:
    """Ann and Bob, each with a household of their own, in one hub."""

    hub: Hub
    ann: Person
    bob: Person

    @property
    def services(self) -> Services:
        """The ports of the hub."""
        return self.hub.services

    async def count(self, table: str) -> int:
        """Return the number of rows of a table."""
        ((found,),) = await self.hub.rows(f"SELECT COUNT(*) FROM {table}")
        return int(found)

    async def event_types(self, person: Person) -> list[str]:
        """Return the types of a household's events in order."""
        rows = await self.hub.rows(
            "SELECT type FROM events WHERE household_id = $1 ORDER BY household_seq",
            person.actor.household_id,
        )
        return [str(row[0]) for row in rows]

    async def check(self) -> None:
        """Assert that the books are proven, a recount agrees and a dashboard can be read."""
        kept = await self.hub.rows(
            "SELECT account_id, commodity, amount_minor, posting_count FROM balances"
            " WHERE posting_count <> 0 OR amount_minor <> 0 ORDER BY account_id, commodity"
        )
        counted = await self.hub.rows(
            "SELECT account_id, commodity, SUM(amount_minor), COUNT(*) FROM postings"
            " GROUP BY account_id, commodity ORDER BY account_id, commodity"
        )
        assert [tuple(row) for row in kept] == [
            (row[0], row[1], int(row[2]), int(row[3])) for row in counted
        ]
        unbalanced = await self.hub.rows(
            "SELECT entry_id, commodity FROM postings GROUP BY entry_id, commodity"
            " HAVING SUM(amount_minor) <> 0"
        )
        assert not unbalanced
        totals = await self.hub.rows("SELECT SUM(entry_count) FROM entry_totals")
        assert int(totals[0][0] or 0) == await self.count("entries")
        gaps = await self.hub.rows(
            "SELECT h.household_id FROM event_heads h JOIN events e"
            " ON e.household_id = h.household_id GROUP BY h.household_id, h.household_seq"
            " HAVING COUNT(*) <> h.household_seq OR MAX(e.household_seq) <> h.household_seq"
        )
        assert not gaps
        for person in (self.ann, self.bob):
            household_id = person.actor.household_id
            proofs = await verify_books(self.services.database, household_id)
            faults = [fault for proof in proofs for fault in proof.faults]
            assert not faults, faults
            assert await dashboard.differences(self.services, household_id) == []
            assert (await person.get("/api/dashboard"))["netWorth"]
