"""The journey of `pfh smoke`: what a person does on a first evening, and all of it taken back.

Each step asks for what only a whole hub can answer, and says on failure which request it was, what
came back and what was expected instead. The user who walks removes itself at the end, and also when
a step in between fails.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import httpx

LIMIT_SECONDS: Final = 55.0
REQUEST_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.1
ANSWER_CHARACTERS: Final = 300
IMPORT_ROWS: Final = 2
_STATEMENT: Final = "Date,Description,Amount\n{day},Smoke bread,-3.20\n{day},Smoke salary,1500.00\n"


class SmokeFailed(Exception):
    """A step did not go as it must; the message says which, where and what came back."""


class Journey:
    """One walk through a hub.

    Args:
        url: of the hub, without a slash at the end.
        expected_commit: the commit, or its beginning, that must answer; empty for any.
        tell: told one line for each step.
    """

    def __init__(self, url: str, *, expected_commit: str, tell: Callable[[str], None]) -> None:
        """Prepare a user whose name and password nobody can guess."""
        self._url = url
        self._expected_commit = expected_commit
        self._tell = tell
        self._began = time.monotonic()
        # A domain that says of itself that it takes no mail: nothing is ever delivered.
        self._email = f"smoke-{secrets.token_hex(8)}@example.org"
        self._password = secrets.token_urlsafe(24)
        self._day = datetime.now(UTC).date().isoformat()
        self._account_id = ""
        self._signed_up = False
        self._client = httpx.Client(base_url=url, timeout=REQUEST_SECONDS)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    def walk(self) -> None:
        """Take every step; raises SmokeFailed at the first that fails, after cleaning up."""
        with self._client:
            try:
                for step in (
                    self._health, self._sign_up, self._open_account, self._book_and_take_back,
                    self._import_and_take_back, self._sign_out_and_in, self._close_account,
                ):  # fmt: skip
                    self._take(step)
            except SmokeFailed:
                self._leave_quietly()
                raise

    def _take(self, step: Callable[[], None]) -> None:
        began = time.monotonic()
        step()
        name = step.__name__.strip("_").replace("_", " ")
        self._tell(f"ok  {name:24} {time.monotonic() - began:5.2f} s")

    def _health(self) -> None:
        found = self._ask("GET", "/api/health", 200)
        self._must(found["status"] == "ok", "GET /api/health", found, "status ok")
        commit = str(found["commit"])
        self._must(
            not self._expected_commit or commit.startswith(self._expected_commit),
            "GET /api/health", found, f"commit {self._expected_commit}",
        )  # fmt: skip

    def _sign_up(self) -> None:
        wish = {
            "email": self._email, "password": self._password, "confirmPassword": self._password,
            "firstName": "Smoke", "lastName": "Test", "acceptTerms": True,
        }  # fmt: skip
        found = self._ask("POST", "/api/auth/register", 201, json=wish)
        self._signed_up = True
        self._bear(found)
        me = self._ask("GET", "/api/auth/me", 200)
        self._must(me["email"] == self._email, "GET /api/auth/me", me, self._email)

    def _open_account(self) -> None:
        wish = {"name": "Smoke", "accountType": "checking"}
        self._account_id = self._ask("POST", "/api/accounts", 201, json=wish)["id"]

    def _book_and_take_back(self) -> None:
        wish = {
            "amount": "12.34", "transactionType": "expense", "transactionDate": self._day,
            "accountId": self._account_id, "description": "Smoke coffee",
        }  # fmt: skip
        key = {"Idempotency-Key": secrets.token_hex(16)}
        booked = self._ask("POST", "/api/transactions", 201, json=wish, headers=key)
        again = self._ask("POST", "/api/transactions", 201, json=wish, headers=key)
        self._must(again["id"] == booked["id"], "POST /api/transactions again", again, booked["id"])
        self._expect_dashboard(booked["householdSeq"], expenses="12.34", count=1)
        undone = self._ask("POST", f"/api/transactions/{booked['id']}/undo", 200)
        self._expect_dashboard(undone["householdSeq"], expenses="0.00", count=0)

    def _import_and_take_back(self) -> None:
        text = _STATEMENT.format(day=self._day).encode()
        begun = self._ask(
            "POST", "/api/imports", 201, content=text,
            params={"fileName": "smoke.csv", "accountId": self._account_id},
            headers={"Content-Type": "application/octet-stream"},
        )  # fmt: skip
        path = f"/api/imports/{begun['id']}"
        found = self._wait(path, "preview")
        self._must(found["new"] == IMPORT_ROWS, f"GET {path}", found, f"{IMPORT_ROWS} new rows")
        self._ask("POST", f"{path}/commit", 200)
        self._wait(path, "committed")
        self._expect_balance("1496.80")
        self._ask("POST", f"{path}/revert", 200)
        self._wait(path, "reverted")
        self._expect_balance("0.00")

    def _sign_out_and_in(self) -> None:
        self._ask("POST", "/api/auth/logout", 204)
        self._ask("GET", "/api/auth/me", 401)
        self._client.headers.pop("authorization", None)
        name = {"email": self._email, "password": self._password}
        self._bear(self._ask("POST", "/api/auth/login", 200, json=name))

    def _close_account(self) -> None:
        self._ask("DELETE", "/api/auth/me", 204, json={"currentPassword": self._password})
        self._signed_up = False
        self._ask("GET", "/api/auth/me", 401)

    def _expect_dashboard(self, household_seq: int, *, expenses: str, count: int) -> None:
        query = {"period": self._day[:7], "householdSeq": str(household_seq)}
        found = self._ask("GET", "/api/dashboard", 200, params=query)["summary"]
        right = found["totalExpenses"] == expenses and found["transactionCount"] == count
        self._must(right, "GET /api/dashboard", found, f"{count} transactions, {expenses} spent")

    def _expect_balance(self, balance: str) -> None:
        path = f"/api/accounts/{self._account_id}"
        found = self._ask("GET", path, 200)
        self._must(found["balance"] == balance, f"GET {path}", found, f"balance {balance}")

    def _wait(self, path: str, status: str) -> dict[str, Any]:
        while True:
            found: dict[str, Any] = self._ask("GET", path, 200)
            if found["status"] == status:
                return found
            self._must(found["status"] != "failed", f"GET {path}", found, f"status {status}")
            time.sleep(PAUSE_SECONDS)

    def _bear(self, signed_in: dict[str, Any]) -> None:
        self._client.headers["authorization"] = f"Bearer {signed_in['accessToken']}"

    def _leave_quietly(self) -> None:
        """Clean up after a failure, whose own words are what matters; tell when that fails, too."""
        if not self._signed_up:
            return
        try:
            name = {"email": self._email, "password": self._password}
            self._client.headers.pop("authorization", None)
            token = self._client.post("/api/auth/login", json=name).json()["accessToken"]
            self._client.headers["authorization"] = f"Bearer {token}"
            body = {"currentPassword": self._password}
            self._client.request("DELETE", "/api/auth/me", json=body).raise_for_status()
        except (httpx.HTTPError, ValueError, LookupError):
            self._tell(f"not cleaned up: {self._email} is still there")

    def _ask(self, method: str, path: str, status: int, **options: Any) -> Any:  # noqa: ANN401 -- JSON
        """Send one request; return its JSON (None without a body) when the status is right."""
        where = f"{method} {path}"
        if self.seconds > LIMIT_SECONDS:
            raise SmokeFailed(f"{where}: not done within {LIMIT_SECONDS:.0f} s")
        try:
            answer = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            words = str(error) or type(error).__name__
            raise SmokeFailed(f"{where}: no answer: {words}") from error
        self._must(answer.status_code == status, where, _shown(answer), str(status))
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError as error:
            raise SmokeFailed(f"{where}: no JSON: {_shown(answer)}") from error

    def _must(self, right: bool, where: str, found: object, expected: str) -> None:
        if not right:
            raise SmokeFailed(f"{where}: expected {expected}, got {found!s:.{ANSWER_CHARACTERS}}")


def _shown(answer: httpx.Response) -> str:
    correlation = answer.headers.get("x-correlation-id", "none")
    return f"{answer.status_code} {answer.text[:ANSWER_CHARACTERS]} (correlation id {correlation})"
