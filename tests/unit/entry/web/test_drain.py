"""A hub that is told to stop goes on serving while load balancers take notice."""

from __future__ import annotations

import signal

import pytest
import uvicorn

from pfh.entry.web import server
from pfh.entry.web.server import HubServer
from pfh.runtime.lifespan import Hub

DRAIN_SECONDS = 20


async def nothing(_scope: object, _receive: object, _send: object) -> None:
    raise NotImplementedError


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the clock that the server looks at, in a list of one."""
    clock = [100.0]
    monkeypatch.setattr(server, "monotonic", lambda: clock[0])
    return clock


def begun(hub: Hub, drain_seconds: int) -> HubServer:
    config = uvicorn.Config(nothing, log_config=None, lifespan="off")
    return HubServer(config, hub, drain_seconds=drain_seconds, when_started=lambda: None)


async def test_closes_when_the_time_to_notice_is_over_and_not_before(second: list[float]) -> None:
    hub = Hub()
    one = begun(hub, DRAIN_SECONDS)
    assert not await one.on_tick(1)
    one.handle_exit(signal.SIGTERM, None)
    assert hub.draining
    for passed, closes in ((0.0, False), (DRAIN_SECONDS - 0.1, False), (DRAIN_SECONDS, True)):
        second[0] = 100.0 + passed
        assert await one.on_tick(1) is closes


@pytest.mark.usefixtures("second")
async def test_closes_at_once_at_the_second_signal_or_without_time_to_notice() -> None:
    hub = Hub()
    one = begun(hub, DRAIN_SECONDS)
    for closes in (False, True):
        one.handle_exit(signal.SIGTERM, None)
        assert await one.on_tick(1) is closes
    other = begun(Hub(), 0)
    other.handle_exit(signal.SIGINT, None)
    assert await other.on_tick(1)
