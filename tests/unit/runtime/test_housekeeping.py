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

    async def is_open(_: object) -> bool:
        return False

    monkeypatch.setattr(housekeeping, "is_read_only", is_open)
    monkeypatch.setattr(housekeeping, "ROUNDS", {"first": first, "second": second})
    monkeypatch.setattr(housekeeping, "FIRST_PAUSE_SECONDS", 0.0)
    stopping = asyncio.Event()
    running = asyncio.create_task(housekeeping.run(SERVICES, stopping))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await swept.wait()
        stopping.set()
        await running
    assert done == ["first", "second"]


async def test_sweeps_nothing_while_the_books_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    async def is_held(_: object) -> bool:
        return True

    monkeypatch.setattr(housekeeping, "is_read_only", is_held)
    monkeypatch.setattr(housekeeping, "ROUNDS", {"first": pytest.fail})
    await housekeeping.sweep(SERVICES)


async def test_sweeps_nothing_when_the_process_stops_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "ROUNDS", {"first": pytest.fail})
    stopping = asyncio.Event()
    running = asyncio.create_task(housekeeping.run(SERVICES, stopping))
    await asyncio.sleep(0)
    stopping.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await running
