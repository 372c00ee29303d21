"""The hub with Redis and S3 beside it, each stopped, emptied or full in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from pfh.entry.cli.stack.local_process import free_port
from pfh.entry.web.app import create_app
from pfh.runtime.services import open_services
from pfh.runtime.settings import load_settings
from tests.integration.web.conftest import PERSON, client_of, sign_up
from tests.servers import registry
from tests.servers.redis import RedisProcess, find_program
from tests.servers.run_directory import RunDirectory
from tests.servers.s3 import BUCKET, SeaweedProcess
from tests.servers.s3 import find_program as find_weed
from tests.waiting import eventually

ADMIN = "an operator's token, long enough to be one"
OPERATOR = {"authorization": f"Bearer {ADMIN}"}
READS = (
    "/api/auth/me", "/api/auth/sessions", "/api/household", "/api/accounts", "/api/categories",
    "/api/transactions", "/api/payees", "/api/tags", "/api/rates", "/api/imports",
    "/api/dashboard", "/api/dashboard/summary", "/api/dashboard/categories",
    "/api/dashboard/trends", "/livez", "/readyz", "/api/health", "/api/openapi.json",
)  # fmt: skip
PAGES = ("/dashboard", "/accounts", "/categories", "/transactions", "/import", "/settings")
STATEMENT = b"Date,Description,Amount\n2026-11-02,Bread,-3.20\n2026-11-03,Salary,1500.00\n"


@dataclass
class Visitor:
    """A signed-in person with a bank account, and the operator."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    account: str

    async def looks_everywhere(self) -> None:
        """Read every list and every page; each must answer."""
        for path in READS:
            answer = await self.client.get(path, headers=self.headers)
            assert answer.status_code == 200, f"{path}: {answer.text}"
        token = self.headers["authorization"].removeprefix("Bearer ")
        cookies = {"cookie": f"pfh_access={token}", "accept": "text/html"}
        for path in PAGES:
            answer = await self.client.get(path, headers=cookies)
            assert answer.status_code == 200, f"{path}: {answer.status_code}"

    async def spends(self) -> None:
        """Write a transaction and see it on the dashboard at once."""
        made = {"description": "Bread", "amount": "1.10", "transactionType": "expense"}
        made |= {"transactionDate": "2026-11-20", "accountId": self.account}
        answer = await self.client.post("/api/transactions", json=made, headers=self.headers)
        assert answer.status_code == 201, answer.text
        sequence = answer.json()["householdSeq"]
        path = f"/api/dashboard?period=2026-11&householdSeq={sequence}"
        assert (await self.client.get(path, headers=self.headers)).status_code == 200

    async def signs_in(self) -> dict[str, str]:
        """Sign in anew and return the headers of that session."""
        name = {"email": PERSON["email"], "password": PERSON["password"]}
        answer = await self.client.post("/api/auth/login", json=name)
        assert answer.status_code == 200, answer.text
        self.client.cookies.clear()
        return {"authorization": f"Bearer {answer.json()['accessToken']}"}

    async def uploads(self) -> httpx.Response:
        """Upload a bank file."""
        return await self.client.post(
            f"/api/imports?accountId={self.account}",
            files={"file": ("bank.csv", STATEMENT)},
            headers=self.headers,
        )

    async def sees_committed(self, import_id: str) -> None:
        """Wait until an import has gone on by itself."""

        async def is_committed() -> bool:
            path = f"/api/imports/{import_id}"
            found = (await self.client.get(path, headers=self.headers)).json()
            assert found["status"] in {"committing", "committed"}, found
            return bool(found["status"] == "committed")

        await eventually(is_committed)

    async def parts(self) -> dict[str, Any]:
        """Return what the operator is told of each part."""
        answer = await self.client.get("/api/health/detailed", headers=OPERATOR)
        parts: dict[str, Any] = answer.json()["parts"]
        return parts

    async def sees_away(self, names: set[str]) -> None:
        """Wait until the operator is told that these parts are away, and no other."""

        async def is_told() -> bool:
            parts = await self.parts()
            return {name for name, part in parts.items() if not part["reachable"]} == names

        await eventually(is_told, what=f"the absence of {sorted(names) or 'nothing'}")

    async def leaves_traces(self, server: redis.Redis, pattern: str) -> None:
        """Look everywhere until the server has keys of a pattern; some last seconds only."""

        async def is_left() -> bool:
            await self.looks_everywhere()
            return bool(server.keys(pattern))

        await eventually(is_left, what=pattern)


@asynccontextmanager
async def visiting(path: Path, **environment: str) -> AsyncIterator[Visitor]:
    """Serve a hub on the migrated file at `path`, its consumers too, and sign somebody up."""
    path.rename(path.with_name("pfh.sqlite"))  # noqa: ASYNC240 -- once, before anything runs
    settings = load_settings(
        {"PFH_DATA_DIR": str(path.parent), "ADMIN_TOKEN": ADMIN, **environment}
    )
    async with open_services(settings) as services:
        app = create_app(services, settings)
        async with app.lifespan(), client_of(app) as client:
            headers = await sign_up(client)
            opened = {"name": "Bank", "accountType": "checking", "currency": "EUR"}
            answer = await client.post("/api/accounts", json=opened, headers=headers)
            yield Visitor(client, headers, answer.json()["id"])


def redis_at(process: RedisProcess, prefix: str) -> dict[str, str]:
    return {
        f"{prefix}_HOST": "127.0.0.1",
        f"{prefix}_PORT": str(process.port),
        f"{prefix}_PASSWORD": process.password,
    }


@pytest.fixture
def cache_process(redis_process: RedisProcess, tmp_path: Path) -> Iterator[RedisProcess]:
    program, _ = find_program()
    arguments = ("--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lfu")
    process = RedisProcess(program, tmp_path / "cache", arguments)
    yield process
    process.stop()


@pytest.mark.slow
async def test_everything_answers_when_redis_is_flushed_full_stopped_and_back(
    redis_process: RedisProcess, cache_process: RedisProcess, migrated_sqlite_path: Path
) -> None:
    redis_process.start()
    cache_process.start()
    servers = redis_at(redis_process, "REDIS") | redis_at(cache_process, "REDIS_CACHE")
    async with visiting(migrated_sqlite_path, **servers) as ann:
        with redis_process.client() as master, cache_process.client() as cache:
            await ann.leaves_traces(master, "session:user:*:*")
            await ann.leaves_traces(cache, "dashboard:*")
            cache.flushall()
            await ann.looks_everywhere()
            for number in range(40):
                cache.set(f"ballast:{number}", b"x" * 200_000)
            await ann.looks_everywhere()
            master.flushall()
            await ann.looks_everywhere()
        for process, names in (
            (cache_process, {"cache"}),
            (redis_process, {"sessions", "throttle", "signals"}),
        ):
            process.stop()
            await ann.looks_everywhere()
            await ann.spends()
            await ann.signs_in()
            await ann.sees_away(names)
            parts = await ann.parts()
            assert {parts[name]["state"] for name in names} == {"refused"}
            process.start()
            await ann.sees_away(set())
            await ann.looks_everywhere()
        with cache_process.client() as cache:
            await ann.leaves_traces(cache, "dashboard:*")


@pytest.mark.slow
async def test_session_ends_at_once_with_redis_and_without(
    redis_process: RedisProcess, migrated_sqlite_path: Path
) -> None:
    redis_process.start()
    async with visiting(migrated_sqlite_path, **redis_at(redis_process, "REDIS")) as ann:

        async def status(headers: dict[str, str]) -> int:
            return (await ann.client.get("/api/auth/me", headers=headers)).status_code

        first, second = await ann.signs_in(), await ann.signs_in()
        assert (await status(first), await status(second)) == (200, 200)
        await ann.client.post("/api/auth/logout", headers=first)
        assert (await status(first), await status(second)) == (401, 200)
        redis_process.stop()
        await ann.client.post("/api/auth/logout", headers=second)
        assert (await status(second), await status(ann.headers)) == (401, 200)
        redis_process.start()
        await ann.sees_away(set())
        assert (await status(second), await status(ann.headers)) == (401, 200)


@pytest.mark.parametrize("trouble", ["full", "replica"])
@pytest.mark.slow
async def test_session_ends_at_once_and_no_other_when_the_master_takes_no_writes(
    trouble: str, redis_process: RedisProcess, migrated_sqlite_path: Path
) -> None:
    """A master that is full and may not evict, and one that a failover has made a replica."""
    redis_process.start()
    away = {"sessions", "throttle", "signals"}
    async with visiting(migrated_sqlite_path, **redis_at(redis_process, "REDIS")) as ann:

        async def status(headers: dict[str, str]) -> int:
            return (await ann.client.get("/api/auth/me", headers=headers)).status_code

        leaving = await ann.signs_in()
        with redis_process.client() as master:
            await ann.leaves_traces(master, "session:user:*:*")
            if trouble == "full":
                master.config_set("maxmemory", "1mb")
            else:
                # Of nobody that answers: it goes on to show what it has.
                master.replicaof("127.0.0.1", free_port())
            await ann.sees_away(away)
            assert {(await ann.parts())[name]["state"] for name in away} == {"failed"}
            await ann.looks_everywhere()
            await ann.spends()
            coming = await ann.signs_in()
            assert (await status(leaving), await status(coming)) == (200, 200)
            await ann.client.post("/api/auth/logout", headers=leaving)
            assert (await status(leaving), await status(ann.headers)) == (401, 200)
            assert master.info("stats")["evicted_keys"] == 0
            master.config_set("maxmemory", "0")
            master.replicaof("NO", "ONE")
        await ann.sees_away(set())
        statuses = [await status(one) for one in (leaving, coming, ann.headers)]
        assert statuses == [401, 200, 200]


@pytest.mark.s3
@pytest.mark.slow
async def test_all_but_uploads_answer_when_s3_is_stopped_and_uploads_go_on_when_it_is_back(
    run_directory: RunDirectory, migrated_sqlite_path: Path, tmp_path: Path
) -> None:
    registry.obtain("s3", run_directory)
    process = SeaweedProcess(find_weed(), tmp_path / "s3", BUCKET)
    process.start()
    try:
        servers = {
            "S3_ENDPOINT": f"http://127.0.0.1:{process.port}",
            "S3_BUCKET": BUCKET,
            "S3_ACCESS_KEY": "access",
            "S3_SECRET_KEY": process.secret_key,
        }
        async with visiting(migrated_sqlite_path, **servers) as ann:
            waiting = (await ann.uploads()).json()["id"]
            await ann.sees_away(set())
            assert (await ann.parts())["objects"]["state"] == "ok"
            process.stop()
            committed = await ann.client.post(f"/api/imports/{waiting}/commit", headers=ann.headers)
            assert committed.status_code < 300, committed.text
            await ann.looks_everywhere()
            await ann.spends()
            refused = await ann.uploads()
            assert (refused.status_code, refused.json()["code"]) == (503, "files_unavailable")
            assert (await ann.parts())["objects"] == {
                "kind": "s3",
                "reachable": False,
                "state": "refused",
            }
            process.start()
            assert (await ann.uploads()).status_code == 201
            await ann.sees_committed(waiting)
            assert not list((migrated_sqlite_path.parent / "objects").rglob("*"))
    finally:
        process.stop()
