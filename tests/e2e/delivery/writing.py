"""People who write through HTTP, repeat what was not answered, and remember what was."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.e2e.program import bearer, sign_up


@dataclass
class Writer:
    """One person; `acknowledged` has the description of every transaction that was answered."""

    client: httpx.Client
    url: Callable[[], str]
    name: str
    token: str = ""
    account: str = ""
    acknowledged: list[str] = field(default_factory=list)
    seq: int = 0

    def begin(self) -> None:
        """Sign up and open an account."""
        self.token = sign_up(self.url(), f"{self.name}@example.org")
        made = {"name": "Cash", "accountType": "cash", "currency": "EUR"}
        answer = httpx.post(
            f"{self.url()}/api/accounts", json=made, headers=bearer(self.token), timeout=30
        )
        assert answer.status_code == 201, answer.text
        self.account = answer.json()["id"]

    def write(self, until: Callable[[], bool]) -> None:
        """Write one transaction, again and again with the same key until it is answered."""
        description = f"{self.name} {len(self.acknowledged)}"
        body = {
            "description": description, "amount": "1.00", "transactionType": "expense",
            "transactionDate": "2026-11-20", "accountId": self.account,
        }  # fmt: skip
        headers = {**bearer(self.token), "Idempotency-Key": secrets.token_hex(8)}
        while not until():
            try:
                answer = self.client.post(
                    f"{self.url()}/api/transactions", json=body, headers=headers
                )
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if answer.status_code == 201:
                self.acknowledged.append(description)
                self.seq = int(answer.json()["householdSeq"])
                return
            assert answer.status_code in {409, 503}, answer.text
            time.sleep(0.05)


def writing(writers: list[Writer], over: threading.Event) -> list[threading.Thread]:
    """Let everybody write until it is over."""

    def work(writer: Writer) -> None:
        while not over.is_set():
            writer.write(over.is_set)
            # People wait a little; the machine has other work in these tests.
            over.wait(0.02)

    threads = [threading.Thread(target=work, args=(writer,), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    return threads
