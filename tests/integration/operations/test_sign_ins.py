"""The operations page tells how often people were not let in, without who they were."""

from __future__ import annotations

from typing import Any

import pytest

from pfh.features.identity import count_refusals
from pfh.features.identity.count_refusals import (
    count_refusal,
    forget_refusals,
    keep_refusals,
    recent_refusals,
)
from pfh.features.identity.refusal_store import add_refusals
from pfh.ports.database import Connection, DatabaseUnavailable
from tests.integration.hostile.house import PASSWORD, House

MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS


@pytest.fixture(autouse=True)
def _kept_by_the_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # The hub would keep the counts every ten seconds, in the middle of a test on a busy machine.
    monkeypatch.setattr(count_refusals, "KEEP_SECONDS", 3_600.0)
    # The count is of the process, and other tests of it were refused, too.
    count_refusals._uncounted.clear()


async def part(house: House) -> dict[str, Any]:
    """Keep what was counted, as happens every ten seconds, and return what the page tells."""
    await keep_refusals(house.services)
    found = await house.ann.done("GET", "/api/admin/overview")
    return next(one for one in found["parts"] if one["id"] == "sign-ins")


async def sign_in(house: House, password: str) -> int:
    body = {"email": "bob@example.org", "password": password}
    return (await house.client.post("/api/auth/login", json=body)).status_code


async def test_failed_and_locked_sign_ins_are_told_and_nobody_is_named(house: House) -> None:
    assert await sign_in(house, PASSWORD) == 200
    assert (await part(house))["value"] == "none in an hour"
    statuses = [await sign_in(house, "six purple walruses") for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    told = await part(house)
    assert (told["state"], told["value"]) == ("ok", "5 failed and 2 locked in an hour")
    assert [(line["text"], line["note"]) for line in told["lines"]] == [
        ("Wrong password: not let in", "5 times in an hour, 5 in a day"),
        ("Sign in pair: refused unseen after too many tries", "2 times in an hour, 2 in a day"),
    ]

    assert "203.0.113" not in str(told)
    assert "bob@" not in str(told)


async def test_counts_of_several_processes_add_up_and_age(house: House) -> None:
    now = house.services.clock.now()
    for age in (0, 2 * 3_600 * MICROSECONDS, 3 * DAY, 9 * DAY):
        for _ in ("one process", "another"):
            await put(house, now - age, 3)
    (found,) = await recent_refusals(house.services)
    assert (found.reason, found.hour, found.day) == ("wrong_password", 6, 12)
    assert await forget_refusals(house.services) == 1
    assert await house.services.database.look_up("SELECT SUM(count) FROM sign_in_refusals") == (18,)


async def test_many_are_for_the_administrator_to_act_on(house: House) -> None:
    for count, state in ((299, "ok"), (1, "look"), (2_700, "act")):
        for _ in range(count):
            count_refusal("AUTH_FAILED", "unknown_account")
        assert (await part(house))["state"] == state


async def test_what_cannot_be_kept_is_counted_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_refusal("AUTH_REUSE_DETECTED", "refresh_reused")
    with monkeypatch.context() as broken:
        broken.setattr(type(house.services.database), "write", away)
        with pytest.raises(DatabaseUnavailable):
            await keep_refusals(house.services)
    count_refusal("AUTH_REUSE_DETECTED", "refresh_reused")
    told = await part(house)
    assert (told["state"], told["lines"][0]["note"]) == ("look", "2 times in an hour, 2 in a day")


async def away(*_: object) -> None:
    raise DatabaseUnavailable("the server went away")


async def put(house: House, at: int, count: int) -> None:
    async def unit(connection: Connection) -> None:
        await add_refusals(
            connection, at - at % (300 * MICROSECONDS), {("AUTH_FAILED", "wrong_password"): count}
        )

    await house.services.database.write(unit)
