"""Backups of a hub that works, and of one whose backup is killed."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.e2e.program import Program, bearer, sign_up
from tests.waiting import PATIENCE_SECONDS, wait_until

KEY = "a key for the tests of backups"
WRITERS = 3


@pytest.fixture
def hub(program: Program, tmp_path: Path) -> Program:
    """Return the program with a place for backups, not started."""
    program.environment |= {"PFH_BACKUP_DIR": str(tmp_path / "backups"), "PFH_BACKUP_KEY": KEY}
    return program


@dataclass
class Writing:
    """People who write until they are told to stop; `acknowledged` are the descriptions."""

    url: str
    token: str
    account_id: str
    acknowledged: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def write(self, writer: int) -> None:
        """Post one transaction after the other."""
        with httpx.Client(
            base_url=self.url, headers=bearer(self.token), timeout=PATIENCE_SECONDS
        ) as client:
            number = 0
            while not self.stopping.is_set():
                number += 1
                words = f"{writer}-{number}"
                answer = client.post(
                    "/api/transactions",
                    json={
                        "amount": "1.25",
                        "transactionType": "expense",
                        "transactionDate": "2026-10-01",
                        "accountId": self.account_id,
                        "description": words,
                    },
                )
                if answer.status_code != 201:
                    self.failures.append(answer.text)
                    return
                self.acknowledged.append(words)


def test_backup_under_load_is_one_instant_and_lacks_nothing_from_before(
    hub: Program, tmp_path: Path
) -> None:
    hub.start()
    token = sign_up(hub.url, "ann@example.org")
    account = httpx.post(
        f"{hub.url}/api/accounts",
        json={"name": "Checking", "accountType": "checking"},
        headers=bearer(token),
        timeout=PATIENCE_SECONDS,
    )
    writing = Writing(hub.url, token, account.json()["id"])
    threads = [threading.Thread(target=writing.write, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(writing.acknowledged) >= 20 or writing.failures)
        before = list(writing.acknowledged)
        made = hub.run("backup")
        during = len(writing.acknowledged) - len(before)
    finally:
        writing.stopping.set()
        for thread in threads:
            thread.join()
    assert made.returncode == 0, made.stderr
    assert writing.failures == []
    # The writers went on meanwhile: nothing of the hub waited for the backup.
    assert during > 0
    new = tmp_path / "new"
    restored = hub.run("restore", "latest", "--to-data-dir", str(new))
    assert restored.returncode == 0, restored.stderr
    assert "verified: no fault" in restored.stdout
    with closing(sqlite3.connect(new / "pfh.sqlite")) as books:
        there = {row[0] for row in books.execute("SELECT description FROM entries")}
    assert set(before) <= there <= set(writing.acknowledged)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["backup.sealed", "backup.proven"])
def test_killed_backup_is_none_and_the_next_one_clears_up(
    hub: Program, tmp_path: Path, point: str
) -> None:
    first = hub.run("backup")
    assert first.returncode == 0, first.stderr
    hub.environment["PFH_TEST_FAIL_AT"] = point
    killed = hub.run("backup")
    assert killed.returncode == -9
    del hub.environment["PFH_TEST_FAIL_AT"]
    listed = hub.run("backup", "list").stdout.split()
    assert len(listed) == 1
    assert hub.run("backup", "check").returncode == 0
    again = hub.run("backup")
    assert again.returncode == 0, again.stderr
    backups = tmp_path / "backups"
    # The new one stands for the day; what the killed one left on either disk is gone.
    assert len(list(backups.glob("*.pfhbackup"))) == 1
    for folder in (backups, hub.folder):
        assert [path for path in (folder / ".pfh-drafts").iterdir() if path.is_dir()] == []


@pytest.mark.slow
def test_commands_say_what_is_wrong_and_how_to_repair_it(hub: Program, tmp_path: Path) -> None:
    none = hub.run("drill")
    assert none.returncode == 1
    assert "There is no backup in" in none.stderr
    assert hub.run("backup").returncode == 0
    done = hub.run("drill")
    assert done.returncode == 0, done.stderr
    listed = hub.run("drill", "--list").stdout
    assert "done" in listed
    assert "failed" in listed
    nowhere = hub.run("restore", "latest")
    assert nowhere.returncode == 2
    assert "--to-data-dir" in nowhere.stderr
    hub.environment["PFH_BACKUP_KEY"] = "another key for the tests of backups"
    locked = hub.run("restore", "latest", "--to-data-dir", str(tmp_path / "new"))
    assert locked.returncode == 1
    assert "another key" in locked.stderr
    assert not (tmp_path / "new").exists()
    assert KEY not in none.stderr + done.stdout + locked.stderr
    del hub.environment["PFH_BACKUP_KEY"]
    keyless = hub.run("backup")
    assert keyless.returncode == 2
    assert "pfh backup new-key" in keyless.stderr
