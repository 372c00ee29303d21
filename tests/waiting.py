"""Waiting for a condition, with a limit that only a broken program reaches.

A test never sleeps and hopes: the machine it runs on may stand still for seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 60.0
STEP_SECONDS = 0.02


def wait_until(ask: Callable[[], object], *, what: str = "the condition") -> None:
    """Ask until the answer is true; fails after a minute, naming what did not come."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not ask():
        assert time.monotonic() < until, f"{what} did not come"
        time.sleep(STEP_SECONDS)


async def eventually(ask: Callable[[], Awaitable[object]], *, what: str = "the condition") -> None:
    """Await until the answer is true; fails after a minute, naming what did not come."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not await ask():
        assert time.monotonic() < until, f"{what} did not come"
        await asyncio.sleep(STEP_SECONDS)


async def comes(ask: Callable[[], object], *, what: str = "the condition") -> None:
    """Let the loop run until the answer is true; fails after a minute."""

    async def answer() -> object:
        return ask()

    await eventually(answer, what=what)
