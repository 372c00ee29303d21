"""When what waits for the database goes there together, and when alone.

It exists because sixteen questions in one message cost this process and the server hardly more than
four alone. Nobody waits for company that may not come: the first goes alone and at once. What comes
beside it goes with the next round, which takes all that waits and begins when the last one gives
way: when it is back, or when only the server still has to work on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
ITEMS_MAX: Final = 64
# One that takes longer is stuck, behind a lock or a dead server, and must not hold up the others.
_USUAL_SECONDS: Final = 1.0


class Rounds(Generic[Item]):
    """Puts together what is submitted while others are under way.

    Args:
        serve: takes several items to the database; must not raise. It may call its second argument
            when the next round may begin beside it.
    """

    def __init__(self, serve: Callable[[list[Item], Callable[[], None]], Awaitable[None]]) -> None:
        """Begin with nothing under way; bound to the running loop."""
        self._serve = serve
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Item] = []
        # Since when each is under way, on the clock of the loop.
        self._alone: dict[object, float] = {}
        self._rounds: dict[object, float] = {}
        # Rounds that hold up the next one.
        self._first: dict[object, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        # A task was made that has not begun: what comes until then goes with it.
        self._is_called = False

    @property
    def is_free(self) -> bool:
        """Whether something may go at once, and alone."""
        if self._waiting or self._is_called:
            return False
        return not self._usual(self._rounds) and not self._usual(self._alone)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Count what is done in the block as gone alone."""
        with self._under_way(self._alone):
            yield

    def submit(self, *items: Item) -> None:
        """Let items go with the next round."""
        self._waiting.extend(items)
        self._go_on()

    @contextmanager
    def _under_way(self, kind: dict[object, float]) -> Iterator[object]:
        token = object()
        kind[token] = self._loop.time()
        try:
            yield token
        finally:
            kind.pop(token, None)

    def _usual(self, begun: dict[object, float]) -> int:
        """Return how many are under way and not stuck."""
        late = self._loop.time() - _USUAL_SECONDS
        return sum(since > late for since in begun.values())

    def _go_on(self) -> None:
        if self._is_called or not self._waiting:
            return
        if not self._usual(self._first):
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
        with self._under_way(self._rounds), self._under_way(self._first) as token:

            def give_way() -> None:
                if self._first.pop(token, None) is not None:
                    self._go_on()

            items = self._waiting[:ITEMS_MAX]
            del self._waiting[:ITEMS_MAX]
            await self._serve(items, give_way)
        self._go_on()
