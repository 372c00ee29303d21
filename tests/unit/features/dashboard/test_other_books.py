"""A read model that tells of events which the books do not have is begun again."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from pfh.features.dashboard.consumers import project
from pfh.ports.event_log import Head, RecordedEvent
from tests.contract.event_stream_contract import event
from tests.heads import at

HOUSEHOLD = 7


class Books:
    """Books with so many events of one history, and a read model somewhere; `log` tells."""

    def __init__(self, last: int) -> None:
        self.log: list[object] = []
        # Of a kind that adds nothing.
        kind = "TagRenamed"
        self._events = [event(HOUSEHOLD, seq)._replace(type=kind) for seq in range(1, last + 1)]

    async def read(
        self, _household_id: int, *, after_seq: int, limit: int
    ) -> Sequence[RecordedEvent]:
        return self._events[after_seq : after_seq + limit]

    async def holds(self, _household_id: int, head: Head) -> bool:
        return head in {one.after for one in self._events}

    async def apply(self, _household_id: int, *, before: Head, after: Head, **_: object) -> bool:
        self.log.append((before, after))
        return True

    async def forget(self, _household_id: int, *, at: Head) -> None:
        self.log.append(at)

    async def is_at_head(self, head: Head) -> bool:
        services: Any = SimpleNamespace(documents=self, event_log=self)
        return await project(services, HOUSEHOLD, head)


async def test_goes_on_where_the_books_go_on() -> None:
    books = Books(5)
    assert await books.is_at_head(at(3))
    assert books.log == [(at(3), at(5))]


async def test_changes_nothing_at_the_head() -> None:
    books = Books(5)
    assert await books.is_at_head(at(5))
    assert books.log == []


async def test_drops_what_is_of_another_history_of_any_length() -> None:
    for seq in (3, 5, 9):
        books = Books(5)
        other = at(seq, "other")
        assert not await books.is_at_head(other)
        assert books.log == [other], "and nothing is added to it"


async def test_drops_what_is_ahead_of_books_that_were_restored() -> None:
    books = Books(5)
    assert not await books.is_at_head(at(6))
    assert books.log == [at(6)]
