"""Consumers run beside the requests, come back after a failure and stop in order."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from pfh.observability.metrics import PROJECTION_FAILURES
from pfh.runtime import lifespan
from pfh.runtime.lifespan import running_consumers
from tests.waiting import PATIENCE_SECONDS

HERE = "tests.unit.runtime.test_lifespan"
SERVICES: Any = SimpleNamespace(database=None)
seen: list[str] = []


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    monkeypatch.setattr(lifespan, "_PAUSES_SECONDS", (0.001,))
    monkeypatch.setattr(lifespan, "_SCHEMA_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(lifespan, "is_current", _has_tables)


async def _has_tables(_: object) -> bool:
    return True


async def steady(services: object, stopping: asyncio.Event) -> None:
    assert services is SERVICES
    seen.append("started")
    await stopping.wait()
    seen.append("finished its batch")


async def shaky(services: object, stopping: asyncio.Event) -> None:
    seen.append("tried")
    if len(seen) < 3:
        raise ConnectionError
    await stopping.wait()


async def stuck(services: object, stopping: asyncio.Event) -> None:
    seen.append("started")
    await asyncio.Event().wait()


async def test_waits_for_the_tables_when_somebody_else_makes_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []

    async def has_tables(_: object) -> bool:
        asked.append(len(asked) == 2)
        return asked[-1]

    monkeypatch.setattr(lifespan, "is_current", has_tables)
    async with running_consumers(SERVICES, {"steady": f"{HERE}:steady"}):
        await _until(1)
    assert asked == [False, False, True]


async def _until(length: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(seen) < length:  # noqa: ASYNC110 -- the consumers are as a feature writes them
            await asyncio.sleep(0.001)


async def test_lets_a_consumer_finish_when_the_process_stops() -> None:
    async with running_consumers(SERVICES, {"steady": f"{HERE}:steady"}):
        await _until(1)
    assert seen == ["started", "finished its batch"]


async def test_starts_a_consumer_again_when_it_fails() -> None:
    before = _failures("shaky")
    async with running_consumers(SERVICES, {"shaky": f"{HERE}:shaky"}):
        await _until(3)
    assert _failures("shaky") - before == 2


async def test_stops_without_a_consumer_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifespan, "_STOP_SECONDS", 0.01)
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        running_consumers(SERVICES, {"stuck": f"{HERE}:stuck"}),
    ):
        await _until(1)


def _failures(name: str) -> float:
    return float(PROJECTION_FAILURES.labels(name)._value.get())


def test_every_registered_consumer_exists() -> None:
    for path in lifespan.CONSUMERS.values():
        assert asyncio.iscoroutinefunction(lifespan._load(path))
