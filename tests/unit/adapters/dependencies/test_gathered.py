"""Questions that are put at the same time travel together, and none gets an older answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from pfh.adapters.dependencies.gathered import QUESTIONS_MAX, Gathered
from tests.waiting import PATIENCE_SECONDS, comes


@dataclass
class Server:
    """Answers with its own state, when it is allowed to."""

    state: int = 0
    asked: list[list[str]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def ask(self, questions: Sequence[str]) -> list[tuple[str, int]]:
        self.asked.append(list(questions))
        state = self.state
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [(one, state) for one in questions]


async def test_what_is_asked_at_once_is_one_question_and_each_gets_its_answer() -> None:
    server = Server()
    server.gate.set()
    gathered = Gathered(server.ask)
    answers = await asyncio.gather(*(gathered.reply(one) for one in "abca"))
    assert answers == [("a", 0), ("b", 0), ("c", 0), ("a", 0)]
    assert server.asked == [["a", "b", "c", "a"]]


async def test_an_answer_is_never_older_than_its_question() -> None:
    server = Server()
    gathered = Gathered(server.ask)
    early = asyncio.create_task(gathered.reply("a"))
    await comes(lambda: server.asked)
    # The write is acknowledged while the first answer is under way; who asks now must see it.
    server.state = 1
    late = [asyncio.create_task(gathered.reply("a")) for _ in range(3)]
    await asyncio.sleep(0)
    assert len(server.asked) == 1
    server.gate.set()
    assert await early == ("a", 0)
    assert await asyncio.gather(*late) == [("a", 1)] * 3
    assert server.asked == [["a"], ["a", "a", "a"]]


async def test_a_failure_is_told_to_everyone_of_that_round_alone() -> None:
    server = Server(error=ConnectionError("gone"))
    gathered = Gathered(server.ask)
    askers = [asyncio.create_task(gathered.reply(one)) for one in "ab"]
    await comes(lambda: server.asked)
    server.gate.set()
    told = await asyncio.gather(*askers, return_exceptions=True)
    assert [type(one) for one in told] == [ConnectionError, ConnectionError]
    server.error = None
    assert await gathered.reply("c") == ("c", 0)


async def test_who_gives_up_takes_nobody_along() -> None:
    server = Server()
    gathered = Gathered(server.ask)
    first, second = (asyncio.create_task(gathered.reply(one)) for one in "ab")
    await comes(lambda: server.asked)
    first.cancel()
    server.gate.set()
    assert await second == ("b", 0)
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_round_is_bounded() -> None:
    server = Server()
    server.gate.set()
    gathered = Gathered(server.ask)
    await asyncio.gather(*(gathered.reply(f"{one}") for one in range(QUESTIONS_MAX + 1)))
    assert [len(one) for one in server.asked] == [QUESTIONS_MAX, 1]


async def test_nobody_waits_for_ever_when_answers_are_missing() -> None:
    async def ask(questions: Sequence[str]) -> Sequence[str]:
        return questions[1:]

    gathered = Gathered(ask)
    async with asyncio.timeout(PATIENCE_SECONDS):
        told = await asyncio.gather(*map(gathered.reply, "ab"), return_exceptions=True)
    assert [type(one) for one in told] == [ValueError, ValueError]
