"""Two real processes on one PostgreSQL, Redis and S3: what one does, the other knows at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.program import PASSWORD, Program, bearer, sign_up
from tests.environment import environment_of
from tests.servers.found import Server
from tests.servers.redis import RedisProcess
from tests.servers.s3 import options_of
from tests.waiting import PATIENCE_SECONDS

EMAIL = "ann@example.org"
STATEMENT = b"Date,Description,Amount\n2026-11-02,Bread,-3.20\n2026-11-03,Salary,1500.00\n"
pytestmark = pytest.mark.slow


@pytest.fixture
def hubs(
    migrated_postgres_url: str, redis_process: RedisProcess, s3_server: Server, tmp_path: Path
) -> Iterator[tuple[Program, Program]]:
    """Return two processes that share nothing but their servers, started."""
    redis_process.start()
    bucket = options_of(s3_server.address)
    environment = environment_of(
        migrated_postgres_url,
        S3_ENDPOINT=bucket.endpoint,
        S3_BUCKET=bucket.bucket,
        S3_ACCESS_KEY=bucket.access_key,
        S3_SECRET_KEY=bucket.secret_key,
        # What is exact with Redis is not when a busy machine makes it look away.
        REDIS_TIMEOUT_MILLISECONDS="30000",
    )
    for role in ("REDIS", "REDIS_CACHE"):
        environment[f"{role}_HOST"] = "127.0.0.1"
        environment[f"{role}_PORT"] = str(redis_process.port)
        environment[f"{role}_PASSWORD"] = redis_process.password
    made = tuple(Program(tmp_path / name, {**environment}) for name in ("one", "two"))
    one, two = made
    for number, hub in enumerate(made):
        hub.environment["PFH_NODE"] = str(number)
        hub.start()
    yield one, two
    for hub in made:
        hub.kill()


def log_in(hub: Program, password: str = PASSWORD) -> httpx.Response:
    name = {"email": EMAIL, "password": password}
    return httpx.post(f"{hub.url}/api/auth/login", json=name, timeout=PATIENCE_SECONDS)


def me(hub: Program, token: str) -> int:
    return httpx.get(
        f"{hub.url}/api/auth/me", headers=bearer(token), timeout=PATIENCE_SECONDS
    ).status_code


def test_session_that_ends_at_one_process_is_dead_at_the_other(
    hubs: tuple[Program, Program],
) -> None:
    one, two = hubs
    kept = sign_up(one.url, EMAIL)
    for _ in range(10):
        token = log_in(one).json()["accessToken"]
        assert (me(one, token), me(two, token)) == (200, 200)
        left = httpx.post(
            f"{one.url}/api/auth/logout", headers=bearer(token), timeout=PATIENCE_SECONDS
        )
        assert left.status_code < 300
        assert (me(two, token), me(one, token)) == (401, 401)
    assert (me(one, kept), me(two, kept)) == (200, 200)
    assert [hub.terminate() for hub in hubs] == [0, 0]


def test_wrong_passwords_are_counted_for_both_together(hubs: tuple[Program, Program]) -> None:
    sign_up(hubs[0].url, EMAIL)
    answers = [log_in(hubs[n % 2], "not her password").status_code for n in range(8)]
    assert answers == [401] * 5 + [429] * 3


def test_file_that_one_took_is_read_by_whichever_is_free(hubs: tuple[Program, Program]) -> None:
    one, two = hubs
    token = sign_up(one.url, EMAIL)
    for hub in (one, two, one, two):
        begun = httpx.post(
            f"{hub.url}/api/imports",
            files={"file": ("bank.csv", STATEMENT)},
            headers=bearer(token),
            timeout=PATIENCE_SECONDS,
        )
        assert begun.status_code == 201, begun.text
        path = f"/api/imports/{begun.json()['id']}"
        until = time.monotonic() + PATIENCE_SECONDS
        for other in (two, one):
            while True:
                found = httpx.get(
                    f"{other.url}{path}", headers=bearer(token), timeout=PATIENCE_SECONDS
                ).json()
                if found["status"] != "reading":
                    break
                assert time.monotonic() < until, found
                time.sleep(0.05)
            assert found["status"] == "preview", found
    assert not list((one.folder / "objects").rglob("*"))
