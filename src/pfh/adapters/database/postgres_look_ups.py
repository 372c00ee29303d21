"""Look-ups of several callers as one message: every request asks for its session.

Nothing is remembered: what is asked while an answer is under way goes with the next message, so
every answer was begun after its question was put.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from pfh.adapters.database.postgres_connection import SYSTEM
from pfh.adapters.database.postgres_connections import Connections
from pfh.adapters.database.postgres_errors import translate
from pfh.adapters.database.postgres_texts import rows_of
from pfh.adapters.database.postgres_units import Units
from pfh.adapters.database.rounds import Rounds
from pfh.observability.spans import statement_spans
from pfh.observability.tracing import traceparent
from pfh.ports.database import DatabaseError, Row, Value

_QUESTIONS_MAX: Final = 64


class _Question(NamedTuple):
    """A look-up that waits; `rows` are all that it finds, None when it has to go alone."""

    sql: str
    values: tuple[Value, ...]
    rows: asyncio.Future[Sequence[Row] | None]
    position: str | None


class LookUps:
    """Gathers look-ups, and asks those with one text in one message."""

    def __init__(self, units: Units, connections: Connections) -> None:
        """Go together on these connections; `units` asks what goes alone."""
        self._units = units
        self._connections = connections
        self._rounds: Rounds[_Question] = Rounds(self._serve)

    async def find(self, sql: str, *arguments: Value) -> Row | None:
        """Return the first row of a SELECT, or None."""
        with self._units.accepted:
            future = asyncio.get_running_loop().create_future()
            self._rounds.submit(_Question(sql, arguments, future, traceparent.get()))
            rows = await future
            if rows is None:
                rows = await self._units.look_up(sql, *arguments)
            return rows[0] if rows else None

    async def _serve(self, waiting: list[_Question]) -> Sequence[_Question]:
        questions, put_off = waiting[:_QUESTIONS_MAX], waiting[_QUESTIONS_MAX:]
        groups: dict[str, list[_Question]] = {}
        for question in questions:
            groups.setdefault(question.sql, []).append(question)
        try:
            for sql, group in groups.items():
                await self._ask(sql, group)
        except DatabaseError as error:
            # Alone, each would wait for a connection or for a silent server once more.
            for question in questions:
                if not question.rows.done():
                    question.rows.set_exception(error)
        except Exception:  # noqa: BLE001 -- each meets it again, alone, and in the port's words
            return put_off
        finally:
            for question in questions:
                if not question.rows.done():
                    question.rows.set_result(None)
        return put_off

    async def _ask(self, sql: str, group: Sequence[_Question]) -> None:
        raw = await self._connections.acquire()
        try:
            with statement_spans(SYSTEM, sql, (question.position for question in group)):
                answers = await raw.fetchmany(rows_of(sql), [one.values for one in group])
        except BaseException as error:
            await asyncio.shield(self._connections.undo(raw))
            if isinstance(error, TimeoutError):
                raise translate(error) from error
            raise
        await self._connections.release(raw)
        for question, answer in zip(group, answers, strict=True):
            if not question.rows.done():
                question.rows.set_result(answer[0])
