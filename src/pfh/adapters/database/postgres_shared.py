"""A unit of work that shares a transaction with others, and stops wherever it needs an answer.

It exists so that the statements of many units travel as one message: what each unit waits for is
known before any of it is sent (`postgres_together.py` sends it). It believes that it has its locks,
and has them proven with its writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from contextvars import copy_context
from types import coroutine
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

from pfh.adapters.database.postgres_gathering import GatheringConnection
from pfh.adapters.database.postgres_texts import (
    confirmed_at_once,
    without_locks,
    written_if_confirmed,
)
from pfh.ports.database import Row, Unit, Value

# Who was in this many rounds that were not confirmed goes alone, whoever spoilt them.
_TIMES_MAX: Final = 3


class Message(NamedTuple):
    """One statement of one unit; `first` is the part of it that its span is called after."""

    text: str
    values: tuple[Value, ...]
    first: str


class Locking(NamedTuple):
    """The unit wants to be the only one with these numbers in its transaction."""

    numbers: tuple[int, ...]


class _Leave:
    """The unit wants something that it cannot do in company."""


Request: TypeAlias = Message | Locking | _Leave


@coroutine
def _wait_for(request: Request) -> Generator[Request, Any, Any]:
    """Hand a request to whoever drives the unit, and return the answer."""
    return (yield request)


class SharedConnection(GatheringConnection):
    """The port's connection for what a foreseen unit does; anything else makes the unit leave."""

    __slots__ = ("_confirmed", "_is_locked")

    def __init__(self) -> None:
        """Begin with no lock."""
        super().__init__()
        self._is_locked = False
        self._confirmed: tuple[str, tuple[Value, ...]] | None = None

    async def fetch_all(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Return the rows of an expected query."""
        known = await self._expected_rows((sql, arguments))
        return await self._leave() if known is None else known

    async def fetch_one(self, sql: str, *arguments: Value) -> Row | None:
        """Return the first row of an expected query, or None."""
        known = await self._expected_rows((sql, arguments))
        if known is None:
            return await self._leave()
        return known[0] if known else None

    async def execute(self, sql: str, *arguments: Value) -> int:  # noqa: ARG002 -- the port's
        """Leave: whether it succeeds is the unit's alone."""
        return await self._leave()

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:  # noqa: ARG002 -- the port's
        """Leave: others must not wait for many rows."""
        await self._leave()

    async def lock(self, sql: str, *numbers: int) -> int:  # noqa: ARG002 -- the port's
        """Wait until no other in company has the numbers; the rows are locked with the writes."""
        if self._is_locked:
            await self._leave()
        await _wait_for(Locking(numbers))
        self._is_locked = True
        return 1

    def confirm(self, sql: str, *arguments: Value) -> None:
        """Remember what must be found, and locked, in the statement of the writes."""
        self._confirmed = (sql, arguments)

    @property
    def proof(self) -> Message | None:
        """What asks whether the writes of the unit would be confirmed now."""
        if self._confirmed is None:
            return None
        sql, arguments = self._confirmed
        return Message(confirmed_at_once(sql), arguments, sql)

    def writes(self) -> Message | None:
        """Take what was deferred as one statement; None when there is nothing.

        Raises:
            ValueError: it takes more than one, or nothing proves that the unit may write.
        """
        if not self._deferred:
            return None
        if self._confirmed is None:
            message = "what the unit decided from was not confirmed"
            raise ValueError(message)
        writes, values, first = self._next_batch()
        if self._deferred:
            message = "a table is written twice"
            raise ValueError(message)
        sql, arguments = self._confirmed
        text = written_if_confirmed((sql, len(arguments)), writes)
        return Message(text, (*arguments, *values), first)

    async def _ask(self, text: str, values: tuple[Value, ...], first: str) -> Row | None:
        if self._deferred or not self._is_locked:
            await self._leave()
        row: Row = await _wait_for(Message(without_locks(text), values, first))
        return row

    async def _leave(self) -> NoReturn:
        await _wait_for(_Leave())
        message = "a unit that left goes on"
        raise RuntimeError(message)


class Member:
    """A unit among others: driven from request to request, and settled once for its caller."""

    __slots__ = (
        "_connection",
        "_steps",
        "_times",
        "_unit",
        "context",
        "error",
        "future",
        "goes_alone",
        "locks",
        "request",
        "result",
        "writes",
    )

    def __init__(self, unit: Unit[Any]) -> None:
        """Accept a unit from the running loop, with the context variables of its caller."""
        # True when the unit was stored or raised, False when it has to run alone.
        self.future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.context = copy_context()
        self.request: Message | Locking | None = None
        # The numbers by which the unit finds what it locks.
        self.locks: tuple[int, ...] = ()
        self.writes: Message | None = None
        self.result: Any = None
        self.error: Exception | None = None
        self.goes_alone = False
        self._connection = SharedConnection()
        self._times = 0
        self._unit = unit
        self._steps: Generator[Any, Any, Any] | None = None

    @property
    def households(self) -> tuple[int, ...]:
        """The households that the unit announced."""
        return tuple(self._connection.announced)

    @property
    def proof(self) -> Message | None:
        """What asks whether its writes would be confirmed now; None without writes."""
        return None if self.writes is None else self._connection.proof

    def begin(self) -> None:
        """Run the unit up to its first request, which is for its locks."""
        try:
            self._steps = self._unit(self._connection).__await__()
        except Exception as error:  # noqa: BLE001 -- as below; not every unit is a coroutine function
            self.error = error
        else:
            self.go_on(None)

    def go_on(self, answer: object) -> None:
        """Give the unit its answer and run it to its next request, or to its end."""
        assert self._steps is not None
        self.request = None
        try:
            request = self.context.run(self._steps.send, answer)
        except StopIteration as stop:
            self.result = stop.value
            self._end()
        except Exception as error:  # noqa: BLE001 -- whatever it is belongs to the caller
            self.error = error
        else:
            if isinstance(request, _Leave):
                self.leave()
                return
            self.request = request
            if isinstance(request, Locking):
                self.locks = request.numbers

    def begin_again(self) -> bool:
        """Forget what it did, so that it may go with the next round; False the third time."""
        self._times += 1
        if self._times == _TIMES_MAX:
            return False
        self._connection = SharedConnection()
        self._steps = self.request = self.writes = self.result = None
        return True

    def leave(self) -> None:
        """Stop the unit where it is; it has written nothing, and begins again alone."""
        self.goes_alone = True
        self.request = self.writes = None
        if self._steps is not None:
            self._steps.close()

    def settle(self, error: Exception | None = None) -> None:
        """Tell the caller how it ended; `error` is that of the whole transaction."""
        if self.future.done():
            return
        error = self.error or error
        if error is not None and not self.goes_alone:
            self.future.set_exception(error)
        else:
            self.future.set_result(not self.goes_alone)

    def _end(self) -> None:
        try:
            self.writes = self._connection.writes()
        except ValueError:
            self.leave()
