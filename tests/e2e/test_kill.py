"""Pulling the plug: what was acknowledged is there, once; what was begun is finished."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from pfh.entry.cli.books_work import verify_all
from pfh.runtime.services import open_services
from pfh.runtime.settings import load_settings
from tests.e2e.program import Program, bearer, sign_up
from tests.waiting import PATIENCE_SECONDS, comes

WRITERS = 8
KILLS = 25
pytestmark = pytest.mark.slow


@pytest.fixture
def tmp_path(disk_path: Path) -> Path:
    """Keep the books on the disk: most kills come while a write waits for it."""
    return disk_path


@dataclass
class Ledger:
    """What the writers know: keys that were acknowledged, with their answer, and the others."""

    account_id: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def body(self, key: str) -> dict[str, str]:
        """Return the request of a key, the same each time."""
        return {
            "amount": f"{1 + int(key.rpartition('-')[2]) % 90}.25",
            "transactionType": "expense",
            "transactionDate": f"2026-10-{1 + len(key) % 28:02}",
            "accountId": self.account_id,
            "description": key,
            "payee": f"Payee {key[-1]}",
        }

    async def write(self, client: httpx.AsyncClient, key: str) -> None:
        """Send the request of a key once; afterwards it is acknowledged or unknown."""
        self.unknown.add(key)
        answer = await client.post(
            "/api/transactions", json=self.body(key), headers={"idempotency-key": key}
        )
        if answer.status_code >= 500:
            return
        assert answer.status_code == 201, answer.text
        made = answer.json()["id"]
        assert self.acknowledged.setdefault(key, made) == made
        self.unknown.discard(key)


class KillDrill:
    """Twenty-five kills under eight writers; two classes, so that two workers share the work."""

    seed: int
    kills = KILLS

    @pytest.mark.timeout(600)
    def test_every_acknowledged_write_is_there_once_after_each_kill(self, program: Program) -> None:
        dice = random.Random(self.seed)
        program.start()
        token = sign_up(program.url, "ann@example.org")
        account = httpx.post(
            f"{program.url}/api/accounts",
            json={"name": "Checking", "accountType": "checking"},
            headers=bearer(token),
            timeout=PATIENCE_SECONDS,
        )
        ledger = Ledger(account.json()["id"])
        for number in range(self.kills):
            if program.process is None:
                program.start()
            asyncio.run(_load(program, token, ledger, number, dice.uniform(0.05, 0.6)))
            _assert_kept(program, ledger)
        program.start()
        with httpx.Client(
            base_url=program.url, headers=bearer(token), timeout=PATIENCE_SECONDS
        ) as client:
            for key in sorted(ledger.unknown):
                answer = client.post(
                    "/api/transactions", json=ledger.body(key), headers={"idempotency-key": key}
                )
                assert answer.status_code == 201, answer.text
                ledger.acknowledged[key] = answer.json()["id"]
        ledger.unknown.clear()
        assert program.terminate() == 0
        _assert_kept(program, ledger)
        proven = program.run("verify")
        assert proven.returncode == 0, proven.stdout
        # A drill that wrote nothing would have shown nothing.
        assert len(ledger.acknowledged) > self.kills * WRITERS


class TestKillUnderWriters(KillDrill):
    seed = 2711


class TestKillUnderWritersAgain(KillDrill):
    seed = 2712


async def _load(
    program: Program, token: str, ledger: Ledger, round_number: int, seconds: float
) -> None:
    """Let the writers write until the process is killed after some time."""
    before = len(ledger.acknowledged)
    limits = httpx.Limits(max_connections=WRITERS)
    async with httpx.AsyncClient(
        base_url=program.url, headers=bearer(token), limits=limits, timeout=PATIENCE_SECONDS
    ) as client:

        async def writer(number: int) -> None:
            retries = sorted(ledger.unknown)[number::WRITERS]
            with contextlib.suppress(httpx.TransportError):
                for key in retries:
                    await ledger.write(client, key)
                for count in range(1_000_000):
                    await ledger.write(client, f"{round_number:02}-{number}-{count}")

        writers = [asyncio.create_task(writer(number)) for number in range(WRITERS)]
        await asyncio.sleep(seconds)
        # On a busy machine that may have been too short to write anything.
        await comes(lambda: len(ledger.acknowledged) > before + WRITERS, what="what is written")
        program.kill()
        await asyncio.gather(*writers)


def _assert_kept(program: Program, ledger: Ledger) -> None:
    rows = program.entries()
    counts = Counter(key for key, _ in rows)
    doubled = [key for key, count in counts.items() if count > 1]
    assert not doubled
    kept = dict(rows)
    lost = [key for key, made in ledger.acknowledged.items() if kept.get(key) != made]
    assert not lost
    strange = [key for key in kept if key not in ledger.acknowledged and key not in ledger.unknown]
    assert not strange
    assert asyncio.run(_verified(program)) == 0


async def _verified(program: Program) -> int:
    settings = load_settings(program.settings())
    async with open_services(settings, exclusive=False) as services:
        return await verify_all(services, as_json=False)


class TestKillDuringImport:
    ROWS = 40_000
    KILLS = 4
    # Whether the rows take long enough for a kill to come in the middle, on any machine.
    is_long: ClassVar[bool] = True

    @pytest.mark.timeout(300)
    def test_commit_goes_on_by_itself_and_ends_with_exact_counts(self, program: Program) -> None:
        dice = random.Random(99)
        program.start()
        token = sign_up(program.url, "ann@example.org")
        lines = [
            f"2026-{1 + row % 12:02}-{1 + row % 28:02},-{1 + row % 70}.{row % 100:02},"
            f"Shop {row % 97},{row}"
            for row in range(self.ROWS)
        ]
        content = "\n".join(["Date,Amount,Payee,Reference", *lines]).encode()
        answer = httpx.post(
            f"{program.url}/api/imports?fileName=big.csv&commit=false",
            content=content,
            headers={**bearer(token), "content-type": "application/octet-stream"},
            timeout=PATIENCE_SECONDS,
        )
        assert answer.status_code == 201, answer.text
        path = f"/api/imports/{answer.json()['id']}"
        preview = _status(program, token, path, {"preview"})
        assert (preview["rows"], preview["errorCount"]) == (self.ROWS, 0)
        wanted = int(preview["new"])
        answer = httpx.post(
            f"{program.url}{path}/commit", headers=bearer(token), timeout=PATIENCE_SECONDS
        )
        assert answer.json()["status"] in {"committing", "committed"}, answer.text
        cut = 0
        for _ in range(self.KILLS):
            program.kill()
            cut += self._booked(program) < wanted
            program.start()
            time.sleep(dice.uniform(0.1, 0.5))
        done = _status(program, token, path, {"committed", "failed"})
        assert done["status"] == "committed", done
        assert (done["rows"], done["new"], done["done"]) == (self.ROWS, wanted, self.ROWS)
        assert self._booked(program) == wanted
        # At least one kill came in the middle, or the drill has shown nothing.
        assert cut or not self.is_long
        assert program.terminate() == 0
        proven = program.run("verify")
        assert proven.returncode == 0, proven.stdout

    def _booked(self, program: Program) -> int:
        return len(program.entries())


def _status(program: Program, token: str, path: str, wanted: set[str]) -> dict[str, int | str]:
    until = time.monotonic() + 120
    found: dict[str, int | str] = {}
    while time.monotonic() < until:
        found = httpx.get(
            f"{program.url}{path}", headers=bearer(token), timeout=PATIENCE_SECONDS
        ).json()
        if found["status"] in wanted:
            return found
        time.sleep(0.1)
    raise AssertionError(found)
