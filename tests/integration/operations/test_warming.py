"""Warming the cache: what people read next is there, one job runs at a time, all of it recorded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pfh.adapters.cache.memory import MemoryCache
from pfh.features.dashboard import read_dashboard
from pfh.features.operations import jobs as stored_jobs
from pfh.features.operations import run_jobs
from pfh.features.operations.api import begin_job
from pfh.ports.actor import Operator
from tests.integration.hostile.house import House, assert_problem, client_of, furnish
from tests.waiting import comes, eventually

SEED = ["dashboard:*", "user:*:summary"]
READS = ("", "/summary", "/categories", "/trends")


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the households whose figures were read since."""
    seen: list[int] = []
    read = read_dashboard._from_documents

    async def counted(services: Any, household_id: int, asked: Any) -> Any:  # noqa: ANN401 -- as the original
        seen.append(household_id)
        return await read(services, household_id, asked)

    monkeypatch.setattr(read_dashboard, "_from_documents", counted)
    return seen


async def warm(house: House, patterns: object, **headers: str) -> Any:  # noqa: ANN401 -- an answer
    body = {"patterns": patterns}
    return await house.ann.send("POST", "/api/admin/cache/warm", body, headers=headers)


async def ended(house: House, answer: Any) -> dict[str, Any]:  # noqa: ANN401 -- an answer
    assert answer.status_code == 202, answer.text
    path = f"/api/admin/jobs/{answer.json()['jobId']}"

    async def is_over() -> bool:
        return bool((await house.ann.done("GET", path))["status"] != "running")

    await eventually(is_over, what="the end of the job")
    return await house.ann.done("GET", path)


def cache_of(house: House) -> MemoryCache:
    cache = house.services.cache
    assert isinstance(cache, MemoryCache)
    return cache


async def test_next_read_of_everybody_runs_no_load(house: House, loads: list[int]) -> None:
    await furnish(house.ann)
    await furnish(house.bob)
    await house.settled()
    await cache_of(house).forget("")
    plain = {path: (await house.bob.send("GET", f"/api/dashboard{path}")).content for path in READS}
    await cache_of(house).forget("")
    loads.clear()
    found = await ended(house, await warm(house, SEED))
    assert (found["status"], found["total"], found["done"], found["failed"]) == ("done", 2, 2, 0)
    assert found["patterns"] == SEED
    assert found["endedAt"] >= found["startedAt"]
    # One read for all views of a household.
    assert sorted(loads) == sorted((house.ann.household_id, house.bob.household_id))
    loads.clear()
    for person in (house.ann, house.bob):
        for path in READS:
            answer = await person.send("GET", f"/api/dashboard{path}")
            assert answer.status_code == 200
            if person is house.bob:
                assert answer.content == plain[path]
    assert loads == []


async def test_what_is_written_after_it_is_shown(house: House, loads: list[int]) -> None:
    await ended(house, await warm(house, SEED))
    before = (await house.bob.done("GET", "/api/dashboard"))["netWorth"]
    wish = {"name": "Bank", "accountType": "checking", "openingBalance": "100.00"}
    await house.bob.done("POST", "/api/accounts", wish)
    await house.settled()
    loads.clear()
    assert (await house.bob.done("GET", "/api/dashboard"))["netWorth"] != before
    assert loads == [house.bob.household_id]


async def test_patterns_name_one_household_or_one_person(house: House, loads: list[int]) -> None:
    await house.settled()
    bob = house.bob.identity["user"]["id"]
    await cache_of(house).forget("")
    found = await ended(house, await warm(house, [f"user:{bob}:summary"]))
    assert found["total"] == 1
    assert loads == [house.bob.household_id]
    loads.clear()
    await house.bob.done("GET", "/api/dashboard/summary")
    assert loads == []
    await house.bob.done("GET", "/api/dashboard")
    assert loads == [house.bob.household_id]
    loads.clear()
    found = await ended(house, await warm(house, [f"dashboard:{house.ann.household_id}:*"]))
    assert loads == [house.ann.household_id]


async def test_households_that_were_seen_last_come_first(
    house: House, loads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_jobs, "AT_ONCE", 1)
    await house.settled()
    await cache_of(house).forget("")
    sql = "UPDATE sessions SET last_seen_at = $2 WHERE household_id = $1"
    later = house.services.clock.now() + 10_000_000
    await house.change(sql, house.ann.household_id, 1)
    await house.change(sql, house.bob.household_id, later)
    await ended(house, await warm(house, ["dashboard:*"]))
    assert loads == [house.bob.household_id, house.ann.household_id]


@pytest.mark.parametrize(
    ("patterns", "code"),
    [
        (["*"], "pattern_unknown"),
        (["dashboard:*", "session:*"], "pattern_unknown"),
        (["dashboard:0:*"], "pattern_unknown"),
        (["dashboard:9223372036854775808:*"], "pattern_unknown"),
        (["user:7:summary"], "pattern_unknown"),
        (["user:*:summary\n"], "pattern_unknown"),
        (["dashboard:\u0663:*"], "pattern_unknown"),
        ([], "invalid_request"),
        (["dashboard:*"] * 21, "invalid_request"),
        ("dashboard:*", "invalid_request"),
    ],
)
async def test_other_patterns_are_refused_with_those_that_are_known(
    house: House, patterns: object, code: str
) -> None:
    answer = await warm(house, patterns)
    problem = assert_problem(answer)
    assert (answer.status_code, problem["code"]) == (422, code)
    if code == "pattern_unknown":
        assert "user:*:summary" in str(problem)
        assert await house.rows("SELECT job_id FROM admin_jobs") == []


async def test_one_job_runs_at_a_time_and_tells_how_far_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()
    read = read_dashboard._from_documents

    async def held(services: Any, household_id: int, asked: Any) -> Any:  # noqa: ANN401 -- as the original
        if household_id == house.bob.household_id:
            await go_on.wait()
        return await read(services, household_id, asked)

    monkeypatch.setattr(read_dashboard, "_from_documents", held)
    first = await warm(house, SEED)
    path = f"/api/admin/jobs/{first.json()['jobId']}"

    async def is_half_done() -> bool:
        return bool((await house.ann.done("GET", path))["done"] == 1)

    await eventually(is_half_done, what="half of the job")
    assert (await house.ann.done("GET", path))["status"] == "running"
    same = await warm(house, SEED[::-1])
    assert (same.status_code, same.json()["jobId"]) == (202, first.json()["jobId"])
    other = await warm(house, ["dashboard:*"])
    problem = assert_problem(other)
    assert (other.status_code, problem["code"]) == (409, "job_runs")
    assert problem["jobId"] == first.json()["jobId"]
    go_on.set()
    assert (await ended(house, first))["done"] == 2
    again = await warm(house, SEED)
    assert again.json()["jobId"] != first.json()["jobId"]
    await ended(house, again)


async def test_many_calls_at_once_start_one_job(house: House) -> None:
    by = Operator(name="os:ann on test", address="command line", correlation_id="c")
    begun = [
        begin_job(house.services, by, "cache_warming", "dashboard:*", total=1) for _ in range(8)
    ]
    found = await asyncio.gather(*begun)
    assert sum(is_new for _, is_new in found) == 1
    assert len({job.job_id for job, _ in found}) == 1


async def test_job_of_a_process_that_died_is_lost_and_makes_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = Operator(name="os:ann on test", address="command line", correlation_id="c")
    dead, _ = await begin_job(house.services, by, "cache_warming", "dashboard:*", total=5)
    path = f"/api/admin/jobs/{dead.job_id}"
    assert (await house.ann.done("GET", path))["status"] == "running"
    later = house.services.clock.now() + (stored_jobs.LOST_SECONDS + 1) * 1_000_000
    monkeypatch.setattr(type(house.services.clock), "now", lambda _: later)
    lost = await house.ann.done("GET", path)
    assert (lost["status"], lost["endedAt"]) == ("lost", lost["startedAt"])
    fresh = await ended(house, await warm(house, SEED))
    assert fresh["jobId"] != str(dead.job_id)
    assert await house.rows("SELECT status FROM admin_jobs ORDER BY job_id") == [
        ("lost",),
        ("done",),
    ]


async def test_job_is_lost_at_once_when_its_process_stops(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def stuck(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(read_dashboard, "_from_documents", stuck)
    answer = await warm(house, SEED)
    await asyncio.wait_for(begun.wait(), 60)
    await house.app.state["jobs"].close()
    found = await house.ann.done("GET", f"/api/admin/jobs/{answer.json()['jobId']}")
    assert (found["status"], found["done"]) == ("lost", 0)


async def test_household_that_fails_stops_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = read_dashboard._from_documents

    async def broken(services: Any, household_id: int, asked: Any) -> Any:  # noqa: ANN401 -- as the original
        if household_id == house.bob.household_id:
            raise ValueError(household_id)
        return await read(services, household_id, asked)

    monkeypatch.setattr(read_dashboard, "_from_documents", broken)
    found = await ended(house, await warm(house, SEED))
    assert (found["status"], found["done"], found["failed"]) == ("done", 1, 1)
    bob = house.bob.household_id
    found = await ended(house, await warm(house, [f"dashboard:{bob}:*"]))
    assert (found["status"], found["done"], found["failed"]) == ("failed", 0, 1)


async def test_call_is_recorded_and_others_may_not(house: House, admin: dict[str, str]) -> None:
    async with client_of(house.app, "192.0.2.55") as client:
        body = {"patterns": SEED}
        answer = await client.post("/api/admin/cache/warm", json=body, headers=admin)
        assert (await client.post("/api/admin/cache/warm", json=body)).status_code == 401
    refused = await house.bob.send("POST", "/api/admin/cache/warm", body)
    assert refused.status_code == 403
    await ended(house, answer)
    items = (await house.ann.done("GET", "/api/admin/audit?limit=200"))["items"]
    [one] = [item for item in items if item["action"] == "POST /api/admin/cache/warm"]
    assert one["outcome"] == "202"
    assert one["detail"] == {"patterns": " ".join(SEED), "job_id": answer.json()["jobId"]}
    unknown = await house.ann.send("GET", "/api/admin/jobs/7")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "job_not_found")
    await comes(lambda: not house.app.state["jobs"]._running)
