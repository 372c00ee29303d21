"""When what waits for the database goes there together.

It exists because sixteen questions in one message cost this process and the server hardly more than
four alone. Nobody waits for company that may not come: what comes when nothing is under way goes at
once. What comes meanwhile gathers, and goes when the round is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
# One that takes longer is stuck, behind a lock or a dead server, and must not hold up the others.
_USUAL_SECONDS: Final = 1.0


class Rounds(Generic[Item]):
    """Puts together what is submitted while others are under way.

    Args:
        serve: takes items to the database and returns those that it put off, which are the first of
            the next round; must not raise, nor put off all.
    """

    def __init__(self, serve: Callable[[list[Item]], Awaitable[Sequence[Item]]]) -> None:
        """Begin with nothing under way; bound to the running loop."""
        self._serve = serve
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Item] = []
        # Since when each is under way, on the clock of the loop.
        self._under_way: dict[object, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        # A task was made that has not begun: what comes until then goes with it.
        self._is_called = False

    def submit(self, item: Item) -> None:
        """Let an item go with the next round."""
        self._waiting.append(item)
        self._go_on()

    def _go_on(self) -> None:
        if self._is_called or not self._waiting:
            return
        late = self._loop.time() - _USUAL_SECONDS
        if all(since <= late for since in self._under_way.values()):
            self._is_called = True
            # A context of its own: what runs for many is no part of the first one's trace.
            task = self._loop.create_task(self._round(), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif self._timer is None:
            self._timer = self._loop.call_later(_USUAL_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._go_on()

    async def _round(self) -> None:
        self._is_called = False
        token = object()
        self._under_way[token] = self._loop.time()
        try:
            items, self._waiting = self._waiting, []
            self._waiting[:0] = await self._serve(items)
        finally:
            del self._under_way[token]
        self._go_on()
