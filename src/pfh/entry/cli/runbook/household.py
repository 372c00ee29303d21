"""A small household on a stage, made by the hub's own API, and one failed sign-in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

ENTRIES: Final = 12


@dataclass(frozen=True, slots=True)
class Household:
    """Whose books the stage has.

    Args:
        user_id: as the API tells it, decimal digits.
    """

    user_id: str

    @classmethod
    def found(cls, port: int) -> Household:
        """Sign a person up, book a few transactions, and fail to sign in once."""
        import httpx

        password = secrets.token_urlsafe(18)
        address = f"ada-{secrets.token_hex(4)}@hub.internal"
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            person = {
                "email": address,
                "password": password,
                "confirmPassword": password,
                "firstName": "Ada",
                "lastName": "Lovelace",
                "acceptTerms": True,
            }
            token = _ask(client, "POST", "/api/auth/register", person)["accessToken"]
            client.headers["Authorization"] = f"Bearer {token}"
            user_id = str(_ask(client, "GET", "/api/auth/me", None)["id"])
            _fill(client)
            wrong = {"email": address, "password": "not the one of this person"}
            client.post("/api/auth/login", json=wrong)
        return cls(user_id)


def _fill(client: Any) -> None:  # noqa: ANN401 -- httpx is imported when it is needed
    account = {"name": "Current account", "accountType": "checking"}
    made = _ask(client, "POST", "/api/accounts", account)
    today = datetime.now(UTC).date()
    for number in range(ENTRIES):
        entry = {
            "accountId": made["id"],
            "transactionType": "expense",
            "transactionDate": (today - timedelta(days=number)).isoformat(),
            "amount": f"{number + 1}.50",
            "description": f"Groceries {number}",
        }
        _ask(client, "POST", "/api/transactions", entry)
    _ask(client, "GET", "/api/dashboard", None)


def _ask(client: Any, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ANN401 -- as above
    answer = client.request(method, path, json=body)
    if answer.is_error:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
    found: dict[str, Any] = answer.json()
    return found
