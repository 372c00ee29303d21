"""Questions of many requests, put to a server as one.

It exists because a round trip through an asynchronous driver costs this process a fraction of a
millisecond of its only core, and sixteen small questions cost hardly more than one when they
travel together.

Nothing is remembered: a question that comes while answers are under way waits for the next round.
So every answer was begun after its question was put, and nobody is told what was true before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

Question = TypeVar("Question")
Reply = TypeVar("Reply")
# One round stays small beside what drivers and servers take for large.
QUESTIONS_MAX: Final = 100


class Gathered(Generic[Question, Reply]):
    """Puts together what is asked at the same time.

    Args:
        ask: answers several questions, in their order; what it raises is raised to each asker.
    """

    __slots__ = ("_ask", "_round", "_waiting")

    def __init__(self, ask: Callable[[Sequence[Question]], Awaitable[Sequence[Reply]]]) -> None:
        """Begin with no question."""
        self._ask = ask
        self._waiting: list[tuple[Question, asyncio.Future[Reply]]] = []
        self._round: asyncio.Task[None] | None = None

    async def reply(self, question: Question) -> Reply:
        """Return the answer to one question, begun after this call."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._round is None:
            self._round = asyncio.create_task(self._answer_all(), name="gathered")
        return await future

    async def _answer_all(self) -> None:
        """Put rounds of questions until nobody waits."""
        try:
            while self._waiting:
                asked = self._waiting[:QUESTIONS_MAX]
                del self._waiting[:QUESTIONS_MAX]
                try:
                    replies = await self._ask([question for question, _ in asked])
                    answers = list(zip(asked, replies, strict=True))
                except Exception as error:  # noqa: BLE001 -- it is the askers'
                    for _, future in asked:
                        if not future.done():
                            future.set_exception(error)
                    continue
                for (_, future), reply in answers:
                    # Who was cancelled meanwhile waits no more.
                    if not future.done():
                        future.set_result(reply)
        finally:
            self._round = None
