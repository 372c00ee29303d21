"""A worker that is told to stop is unready first, then finishes, commits, and leaves its group."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from pfh.adapters.event_stream.memory import MemoryStream
from pfh.adapters.leadership.alone import AloneLeadership
from pfh.entry.worker import consumer, probes, process
from pfh.ports.event_stream import Delivery
from pfh.runtime import delivery, lifespan
from pfh.runtime.settings import Settings, load_settings
from tests.unit.features.delivery.test_consume_events import GROUP, TOPIC, Consumer, Effect
from tests.waiting import comes

SETTINGS = load_settings({"PFH_PROBES_PORT": "0", "PFH_STOP_SECONDS": "300"})


class Member:
    """A member of the group that tells what is done with it."""

    def __init__(self, stream: MemoryStream, log: list[str]) -> None:
        self._member, self._log = stream.subscription(GROUP, [TOPIC]), log
        self.poll = self._member.poll

    async def commit(self, deliveries: Sequence[Delivery]) -> None:
        self._log.append("commit")
        await self._member.commit(deliveries)

    async def close(self) -> None:
        self._log.append("leave")
        await self._member.close()


class Stage:
    """A process that consumes; `log` tells in which order its end came."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[str] = []
        self.consumer = Consumer(Effect(held=[1]))
        self.port = 0
        self.signals: dict[int, Callable[[], None]] = {}
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "add_signal_handler", self.signals.__setitem__)
        for module in (probes, lifespan):
            monkeypatch.setattr(module, "is_current", self._yes)
        monkeypatch.setattr(process, "open_services", self._services)
        monkeypatch.setattr(process, "open_probes", self._probes)
        member = Member(self.consumer.stream, self.log)
        monkeypatch.setattr(delivery, "open_group", self._group)
        monkeypatch.setattr(delivery, "open_leadership", self._leadership)
        monkeypatch.setattr(delivery, "subscription_of", lambda *_: member)
        monkeypatch.setattr(delivery, "workers_of", lambda _: 2)
        monkeypatch.setattr(consumer, "sweep_households", self._no_sweep)

    async def _yes(self, _database: object) -> bool:
        return True

    @asynccontextmanager
    async def _services(self, *_: object, **__: object) -> AsyncIterator[Any]:
        yield SimpleNamespace(database=None)
        self.log.append("close")

    @asynccontextmanager
    async def _probes(self, settings: Settings, hub: Any, books: Any) -> AsyncIterator[int | None]:  # noqa: ANN401 -- passed on
        async with probes.open_probes(settings, hub, books) as port:
            assert port is not None
            self.port = port
            yield port

    async def _group(self, *_: object) -> Any:  # noqa: ANN401 -- a group
        return self.consumer.group

    async def _leadership(self, _settings: Settings, _stack: AsyncExitStack) -> AloneLeadership:
        return AloneLeadership()

    async def _no_sweep(self, *_: object, **__: object) -> None:
        return

    async def is_ready(self, client: httpx.AsyncClient) -> tuple[int, Any]:
        answer = await client.get(f"http://127.0.0.1:{self.port}/readyz")
        return answer.status_code, answer.json()


async def test_is_unready_then_finishes_commits_and_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    effect = stage.consumer.effect
    running = asyncio.create_task(
        process.run_worker(SETTINGS, "consume", consumer.opening_of(GROUP))
    )
    await comes(lambda: len(effect.at) == 2, what="the effect on those who do not wait")
    async with httpx.AsyncClient() as client:
        assert await stage.is_ready(client) == (200, {"status": "ok"})
        stage.signals[signal.SIGTERM]()
        assert await stage.is_ready(client) == (503, {"code": "stopping"})
        # A second signal cuts nothing off.
        stage.signals[signal.SIGTERM]()
        await asyncio.sleep(0)
        assert stage.log == []
        assert not running.done()
        effect.gate.set()
        await running
    assert stage.log == ["commit", "leave", "close"]
    assert stage.consumer.committed == 15
