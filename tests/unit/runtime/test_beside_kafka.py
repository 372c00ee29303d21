"""With Kafka the work of one process is spread over several: none of it may be left without one."""

from __future__ import annotations

import contextlib
from typing import cast

import pytest

from pfh.entry.worker.scheduler import open_schedule
from pfh.ports.leadership import Leadership
from pfh.ports.services import Services
from pfh.runtime import delivery
from pfh.runtime.lifespan import CONSUMERS, CONSUMERS_BESIDE_KAFKA
from pfh.runtime.settings import Settings, load_settings

# Done by `pfh consume`, and as the rounds of the one work that `pfh schedule` leads.
ELSEWHERE = {"dashboard", "housekeeping"}


async def test_every_consumer_of_one_process_runs_in_some_process_beside_kafka(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_leadership(
        settings: Settings, stack: contextlib.AsyncExitStack
    ) -> Leadership | None:
        return None

    monkeypatch.setattr(delivery, "open_leadership", no_leadership)
    async with contextlib.AsyncExitStack() as stack:
        scheduled = await open_schedule(cast("Services", None), load_settings({}), stack)
    assert CONSUMERS.keys() <= CONSUMERS_BESIDE_KAFKA.keys() | scheduled.keys() | ELSEWHERE
