"""Housekeeping waits for the first visitors, sweeps every hour and stops at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pfh.runtime import housekeeping
from tests.waiting import PATIENCE_SECONDS

SERVICES: Any = object()


async def test_runs_every_round_when_the_pause_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    swept = asyncio.Event()
    done: list[str] = []

    async def first(services: object) -> int:
        assert services is SERVICES
        done.append("first")
        return 3

    async def second(_: object) -> int:
        done.append("second")
        swept.set()
        return 0

    monkeypatch.setattr(housekeeping, "ROUNDS", {"first": first, "second": second})
    monkeypatch.setattr(housekeeping, "FIRST_PAUSE_SECONDS", 0.0)
    stopping = asyncio.Event()
    running = asyncio.create_task(housekeeping.run(SERVICES, stopping))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await swept.wait()
        stopping.set()
        await running
    assert done == ["first", "second"]


async def test_sweeps_nothing_when_the_process_stops_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "ROUNDS", {"first": pytest.fail})
    stopping = asyncio.Event()
    running = asyncio.create_task(housekeeping.run(SERVICES, stopping))
    await asyncio.sleep(0)
    stopping.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await running
