"""One server of the cluster after another is killed: everything answers, and figures are right.

Real processes on real servers. What tests/integration/cluster shows of single servers inside one
process (flushed, full, slow, with other passwords) is not repeated here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.e2e.cluster_program import ClusterProgram, program_on
from tests.e2e.everywhere import look_everywhere
from tests.e2e.program import PASSWORD, bearer, sign_up
from tests.servers.cluster import ClusterServers
from tests.servers.run_directory import RunDirectory
from tests.waiting import PATIENCE_SECONDS, wait_until

EMAIL = "ann@example.org"
MONTH = "2026-11"
HEADER = b"Date,Description,Amount\n"
pytestmark = [
    pytest.mark.slow,
    *(pytest.mark.postgres, pytest.mark.redis, pytest.mark.mongo, pytest.mark.s3),
    pytest.mark.kafka,
]


@dataclass(frozen=True)
class Part:
    """A server, how it dies and comes back, and the parts that health then calls away."""

    name: str
    away: frozenset[str]
    kill: Callable[[ClusterServers], None]
    start: Callable[[ClusterServers], None]
    told_as: str = ""
    can_wait: bool = False


PARTS = (
    Part(
        "redis-master",
        frozenset({"sessions", "throttle", "signals"}),
        lambda servers: servers.redis_master.stop(),
        lambda servers: servers.redis_master.start(),
    ),
    Part(
        "redis-cache",
        frozenset({"cache"}),
        lambda servers: servers.redis_cache.stop(),
        lambda servers: servers.redis_cache.start(),
        can_wait=True,
    ),
    Part(
        "mongodb",
        frozenset({"documents"}),
        lambda servers: servers.mongo.stop(),
        lambda servers: servers.mongo.start(),
    ),
    Part(
        "kafka",
        frozenset({"events"}),
        lambda servers: servers.kafka.kill(),
        lambda servers: servers.kafka.start(),
    ),
    Part(
        "s3",
        frozenset({"objects"}),
        lambda servers: servers.s3.stop(),
        lambda servers: servers.s3.start(),
    ),
    Part(
        "replica",
        frozenset({"database-replica"}),
        lambda servers: servers.postgres.replica.stop("immediate"),
        lambda servers: servers.postgres.replica.start(),
        told_as="database-replica",
    ),
)


@dataclass
class Ann:
    """A person at the hub who knows what she has spent after each of her writes."""

    hub: ClusterProgram
    token: str
    account: str = ""
    spent: Decimal = Decimal(0)
    totals: dict[int, Decimal] = field(default_factory=dict)
    head: int = 0

    def ask(self, method: str, path: str, json: object = None, **more: Any) -> httpx.Response:  # noqa: ANN401 -- httpx's own options
        return httpx.request(
            method,
            f"{self.hub.url}{path}",
            headers=bearer(self.token),
            timeout=PATIENCE_SECONDS,
            json=json,
            **more,
        )

    def write(
        self, method: str, path: str, json: object = None, *, more: str = "0"
    ) -> dict[str, Any]:
        """Write something that adds to the spending of the month, and see it at once."""
        answer = self.ask(method, path, json)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        made: dict[str, Any] = answer.json()
        self.spent += Decimal(more)
        self.head = int(made["householdSeq"])
        self.totals[self.head] = self.spent
        self.sees_her_figures()
        return made

    def sees_her_figures(self) -> None:
        """Look at the dashboard: her own write is there, and every answer says how fresh it is."""
        for view in ("", "/summary"):
            path = f"/api/dashboard{view}?period={MONTH}"
            fresh = self.ask("GET", f"{path}&householdSeq={self.head}").json()
            assert (fresh["householdSeq"], _spent(fresh)) == (self.head, self.spent)
            honest = self.ask("GET", path).json()
            assert _spent(honest) in self._totals_at(honest["householdSeq"])

    def _totals_at(self, head: int) -> set[Decimal]:
        """Return what can be the truth at a head; an import takes several events."""
        before = max((one for one in self.totals if one <= head), default=0)
        after = min(one for one in self.totals if one >= head)
        return {self.totals.get(before, Decimal(0)), self.totals[after]}

    def spends(self, amount: str) -> str:
        body = {
            "amount": amount,
            "transactionType": "expense",
            "transactionDate": f"{MONTH}-20",
            "accountId": self.account,
            "description": f"Bread for {amount}",
        }
        return str(self.write("POST", "/api/transactions", more=amount, json=body)["id"])

    def goes_her_way(self) -> None:
        """Write, change, take back, delete and restore."""
        path = f"/api/transactions/{self.spends('4.00')}"
        self.write("PATCH", path, more="2.50", json={"amount": "6.50"})
        self.write("POST", f"{path}/undo", more="-2.50")
        self.write("DELETE", path, more="-4.00")
        self.write("POST", f"{path}/restore", more="4.00")

    def uploads(self, name: str) -> httpx.Response:
        content = HEADER + b"%s-21,%s,-3.20\n" % (MONTH.encode(), name.encode())
        return self.ask(
            "POST",
            f"/api/imports?accountId={self.account}",
            files={"file": (f"{name}.csv", content)},
        )

    def brings_in(self, name: str) -> None:
        """Upload a file of 3.20, and commit what the preview shows."""
        made = self.uploads(name)
        assert made.status_code == 201, made.text
        path = f"/api/imports/{made.json()['id']}"
        self._waits_for(path, "preview")
        assert self.ask("POST", f"{path}/commit").is_success
        self._waits_for(path, "committed")
        self._spent_at_head("3.20")

    def imports_by_command(self) -> None:
        """Bring a file of 1.10 in with `pfh import`, which ends well without the read models."""
        file = self.hub.folder / "by-command.csv"
        file.write_bytes(HEADER + b"%s-22,By command,-1.10\n" % MONTH.encode())
        done = self.hub.run("import", str(file), "--user", EMAIL)
        assert done.returncode == 0, done.stderr
        self._spent_at_head("1.10")

    def _spent_at_head(self, more: str) -> None:
        self.spent += Decimal(more)
        self.head = self.hub.head()
        self.totals[self.head] = self.spent
        self.sees_her_figures()

    def _waits_for(self, path: str, status: str) -> None:
        wait_until(lambda: self.ask("GET", path).json()["status"] == status, what=status)

    def signs_in(self) -> None:
        body = {"email": EMAIL, "password": PASSWORD}
        answer = self.ask("POST", "/api/auth/login", json=body)
        assert answer.status_code == 200, answer.text

    def health(self) -> dict[str, Any]:
        operator = bearer(self.hub.environment["ADMIN_TOKEN"])
        answer = httpx.get(
            f"{self.hub.url}/api/health/detailed", headers=operator, timeout=PATIENCE_SECONDS
        )
        found: dict[str, Any] = answer.json()
        return found

    def is_told(self) -> tuple[str, frozenset[str]]:
        """Return the status, and the parts that the operator is told are away."""
        found = self.health()
        parts = found["parts"].items()
        return found["status"], frozenset(name for name, one in parts if not one["reachable"])

    def overview(self) -> dict[str, str]:
        """Return the state of each part as the operations page tells it."""
        found = self.ask("GET", "/api/admin/overview").json()
        return {part["id"]: part["state"] for part in found["parts"]}

    def to_act_on(self) -> list[str]:
        """Return the parts that the operations page calls urgent."""
        return [name for name, state in self.overview().items() if state == "act"]

    def is_drained(self) -> bool:
        """Tell whether all is there, nothing waits for the relay and every read model is new."""
        found = self.health()
        outbox = found["parts"]["outbox"]["state"]
        behind = found["householdsBehind"]
        return (found["status"], outbox, behind) == ("ok", "ok", {"dashboard": 0})


def _spent(dashboard: dict[str, Any]) -> Decimal:
    return Decimal(dashboard.get("summary", dashboard)["totalExpenses"])


@pytest.fixture(scope="module")
def ann(
    servers: ClusterServers, run_directory: RunDirectory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ann]:
    """Return a person with something behind every address, and the program on the servers."""
    hub = program_on(servers, run_directory, tmp_path_factory.mktemp("degrades") / "data")
    hub.start()
    made = Ann(hub, sign_up(hub.url, EMAIL))
    wish = {"name": "Bank", "accountType": "checking"}
    made.account = made.ask("POST", "/api/accounts", json=wish).json()["id"]
    made.spends("1.00")
    made.write("DELETE", f"/api/transactions/{made.spends('2.00')}", more="-2.00")
    made.brings_in("first")
    yield made
    hub.end()


@pytest.fixture(scope="module")
def places(ann: Ann) -> dict[str, str]:
    """Return what stands for each part of an address."""
    entry = ann.spends("5.00")
    waiting = ann.uploads("waiting").json()["id"]
    wait_until(lambda: ann.ask("GET", f"/api/imports/{waiting}").json()["status"] == "preview")
    categories = ann.ask("GET", "/api/categories").json()["items"]
    category = next(one["id"] for one in categories if not one["isSystem"])
    job = ann.ask("POST", "/api/admin/cache/warm", {"patterns": ["dashboard:*"]}).json()["jobId"]
    wait_until(lambda: ann.ask("GET", f"/api/admin/jobs/{job}").json()["status"] == "done")
    return {
        "job_id": job,
        "account_id": ann.account,
        "category_id": category,
        "transaction_id": entry,
        "entry_id": entry,
        "import_id": waiting,
    }


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_everything_answers_without_it_and_the_backlog_drains_when_it_is_back(
    part: Part, ann: Ann, servers: ClusterServers, places: dict[str, str]
) -> None:
    wait_until(ann.is_drained, what="a whole cluster")

    def look() -> dict[str, Any]:
        operator = ann.hub.environment["ADMIN_TOKEN"]
        return look_everywhere(ann.hub.url, ann.token, operator, places)

    whole = look()
    assert {path: answer for path, answer in whole.items() if answer[0] not in {200, 303}} == {}
    # Nobody starts a scheduler here, and the page says so.
    wait_until(lambda: ann.to_act_on() == ["scheduler"], what="a page without alarm")
    part.kill(servers)
    # The first answer names it; each server is given up after three seconds.
    status, away = ann.is_told()
    assert (status, part.away - away) == ("degraded", frozenset())
    # On a busy machine another server may be late for once.
    wait_until(lambda: ann.is_told() == ("degraded", part.away), what="the absence of it alone")
    urgency = "look" if part.can_wait else "act"
    wait_until(lambda: ann.overview()[part.told_as or part.name] == urgency, what=urgency)
    assert look() == whole
    ann.goes_her_way()
    ann.signs_in()
    if part.name == "s3":
        before = ann.ask("GET", "/api/imports").text
        refused = ann.uploads(part.name)
        assert (refused.status_code, refused.json()["code"]) == (503, "files_unavailable")
        assert refused.json()["fix"]
        assert ann.ask("GET", "/api/imports").text == before
    else:
        ann.brings_in(part.name)
    if part.name == "mongodb":
        ann.imports_by_command()
    wait_until(lambda: ann.ask("GET", "/readyz").status_code == 200, what="readiness")
    part.start(servers)
    wait_until(ann.is_drained, what="the end of the backlog")
    ann.sees_her_figures()
    drained = ann.ask("GET", f"/api/dashboard?period={MONTH}").json()
    assert (drained["householdSeq"], _spent(drained)) == (ann.head, ann.spent)
    proven = ann.hub.run("verify")
    assert proven.returncode == 0, proven.stdout + proven.stderr


def test_nothing_was_lost_doubled_or_failed(ann: Ann) -> None:
    ann.uploads("last")
    waiting = [line for line in ann.hub.lines() if line["level"] == "error"]
    assert waiting == []
    descriptions = sorted(description for description, _ in ann.hub.entries())
    assert descriptions.count("Bread for 4.00") == len(PARTS)
