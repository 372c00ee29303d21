"""Foreseen units of several callers in one transaction: their statements travel together.

It exists because a create costs the hub and the server less for its statements than for the
messages that carry them. A round of creates is two messages: one asks, one writes and commits. Each
unit stays atomic for itself:

- It asks and is asked only what it said before, in the household that it locked, and two units with
  a lock in common are never in one round. So none sees what another does.
- Until all have decided, nothing is written. A unit that raises until then has nothing to undo.
- What a unit decided from is confirmed, and locked, by the statement of its writes. When it has
  changed, or another one has it locked, the statement fails: that unit runs alone, and the others
  go with the next round.
- A unit that wants more leaves, and runs alone, from its beginning.
- When anything fails after that, nothing of any unit is stored, and each runs alone.

Nobody waits for a lock here (SKIP LOCKED), so a household that is busy holds up nobody else, and
transactions of many households cannot wait for each other in a circle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from pfh.adapters.database.postgres_connection import DRIVER_ERRORS, SYSTEM, is_gone
from pfh.adapters.database.postgres_connections import Connections
from pfh.adapters.database.postgres_errors import CONFLICTS, NOT_CONFIRMED, translate
from pfh.adapters.database.postgres_shared import Locking, Member, Message
from pfh.adapters.database.postgres_units import BEGIN_WRITE, Units, outcome_unknown
from pfh.adapters.database.rounds import Rounds
from pfh.observability.database_metrics import group_tally
from pfh.observability.failpoints import reached
from pfh.observability.spans import statement_spans
from pfh.observability.tracing import traceparent
from pfh.ports.database import (
    DatabaseTimeout,
    DatabaseUnavailable,
    ForeignKeyViolation,
    Result,
    UniqueViolation,
    Unit,
)

if TYPE_CHECKING:
    from pfh.adapters.database.postgres_connection import RawConnection

_UNITS_MAX: Final = 64
# Somebody else wrote to a household just now, and may go on doing so.
_BUSY_SECONDS: Final = 0.5
# Of a commit that was sent, these alone are sure to have stored nothing.
_REFUSALS: Final = (
    UniqueViolation,
    ForeignKeyViolation,
    DatabaseTimeout,
    ValueError,
    *CONFLICTS,
)


class Together:
    """Gathers foreseen units, and drives those of one round in step."""

    def __init__(self, units: Units, connections: Connections) -> None:
        """Go together on these connections; `units` runs a unit that goes alone."""
        self.group_sizes = group_tally()
        self._units = units
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        # What units of rounds under way have locked, or are about to.
        self._locked: set[int] = set()
        # Until when what spoilt a round goes alone, on the clock of the loop.
        self._busy: dict[int, float] = {}
        self._rounds: Rounds[Member] = Rounds(self._serve)

    async def run(self, unit: Unit[Result]) -> tuple[Result, Sequence[int]]:
        """Run a unit until it is stored or fails; return its result and its households."""
        with self._units.accepted:
            member = Member(unit)
            self._rounds.submit(member)
            if await member.future:
                return member.result, member.households
            return await self._units.run(unit, may_write=True)

    async def _serve(self, members: list[Member]) -> Sequence[Member]:
        chosen: list[Member] = []
        put_off: list[Member] = []
        error: Exception | None = DatabaseUnavailable("the transaction was cut off")
        try:
            self._choose(members, chosen, put_off)
            error = await self._store(chosen, put_off) if chosen else None
        except Exception as failure:  # noqa: BLE001 -- a bug here must not leave callers waiting
            error = failure
        except BaseException:
            put_off.clear()
            raise
        finally:
            for member in chosen:
                self._locked.difference_update(member.locks)
            # Told one turn of the loop later: so the next round is on its way before the answers
            # of this one are rendered.
            later = {id(member) for member in put_off}
            for member in members:
                if id(member) not in later:
                    self._loop.call_soon(member.settle, error)
        return put_off

    def _choose(
        self, members: Iterable[Member], chosen: list[Member], put_off: list[Member]
    ) -> None:
        """Run units up to their locks, and sort out those that cannot go together.

        One that shares a lock with another of this round goes with the next one, so many there may
        be of its household; one that shares it with a round that is stuck, or with somebody who
        writes by himself, waits for it alone.
        """
        now = self._loop.time()
        self._busy = {number: until for number, until in self._busy.items() if until > now}
        elsewhere = self._locked | self._busy.keys()
        for member in members:
            if len(chosen) == _UNITS_MAX:
                put_off.append(member)
                continue
            if member.future.cancelled():
                member.leave()
            elif member.request is None:
                member.begin()
            if not isinstance(member.request, Locking):
                continue
            if not elsewhere.isdisjoint(member.locks):
                member.leave()
            elif not self._locked.isdisjoint(member.locks):
                put_off.append(member)
            else:
                self._locked.update(member.locks)
                chosen.append(member)

    async def _store(self, members: list[Member], put_off: list[Member]) -> Exception | None:
        """Drive the units to their commit; return what becomes of all of them."""
        raw = await self._connections.acquire()
        is_writing = False
        try:
            await self._decide(raw, members)
            writing = [member for member in members if member.writes is not None]
            if any(member.households for member in writing):
                reached("write.settled")
            is_writing = True
            await self._write(raw, writing)
        except BaseException as error:
            failure = translate(error, is_closed=is_gone(raw))
            await asyncio.shield(self._connections.undo(raw))
            if not isinstance(error, DRIVER_ERRORS):
                raise
            if failure is not error:
                failure.__cause__ = error
            if isinstance(error, NOT_CONFIRMED):
                await self._sort_out(members, put_off)
                return None
            final = _final(failure, is_writing=is_writing)
            if final is None:
                _leave(members)
            return final
        await self._connections.release(raw)
        if writing:
            self.group_sizes.observe(len(writing))
        return None

    async def _sort_out(self, members: Sequence[Member], put_off: list[Member]) -> None:
        """After a round that was not confirmed: whose row has changed goes alone, others again."""
        found: dict[Member, bool] = {}
        raw = await self._connections.acquire()
        try:
            for text, group in _by_text((member, member.proof) for member in members).items():
                rows = await raw.fetchmany(text, [message.values for _, message in group])
                for (member, _), row in zip(group, rows, strict=True):
                    found[member] = bool(row[0])
        except DRIVER_ERRORS:
            await asyncio.shield(self._connections.undo(raw))
            _leave(members)
            return
        await self._connections.release(raw)
        until = self._loop.time() + _BUSY_SECONDS
        for member, is_confirmed in found.items():
            if is_confirmed and member.begin_again():
                put_off.append(member)
                continue
            if not is_confirmed:
                self._busy.update((number, until) for number in member.locks)
            member.leave()

    async def _decide(self, raw: RawConnection, members: Sequence[Member]) -> None:
        """Answer what the units ask until each has ended or left.

        In no transaction: a statement is a snapshot, and what is decided from it is confirmed.
        """
        for member in members:
            member.go_on(None)
        while asking := _by_text((member, member.request) for member in members):
            for text, group in asking.items():
                with _span(group):
                    rows = await raw.fetchmany(text, [message.values for _, message in group])
                for (member, _), row in zip(group, rows, strict=True):
                    member.go_on(row)

    async def _write(self, raw: RawConnection, members: Sequence[Member]) -> None:
        """Send the writes of all units; what one message holds is a transaction by itself."""
        groups = _by_text((member, member.writes) for member in members)
        if len(groups) > 1:
            await raw.execute(BEGIN_WRITE)
        for text, group in groups.items():
            with _span(group):
                await raw.executemany(text, [message.values for _, message in group])
        if len(groups) > 1:
            await raw.execute("COMMIT")


def _final(failure: Exception, *, is_writing: bool) -> Exception | None:
    """Return what all units of a failed round raise; None when each may run alone.

    After the writes were sent, only a refusal is sure to have stored nothing.
    """
    if is_writing:
        unknown = outcome_unknown(failure)
        if unknown is not None:
            return unknown
        return None if isinstance(failure, _REFUSALS) else failure
    # A server that is silent would be waited for twice.
    return failure if isinstance(failure.__cause__, TimeoutError) else None


def _leave(members: Iterable[Member]) -> None:
    """Let those run alone that have not failed by themselves."""
    for member in members:
        if member.error is None:
            member.leave()


def _by_text(
    pairs: Iterable[tuple[Member, Message | Locking | None]],
) -> dict[str, list[tuple[Member, Message]]]:
    """Put together what the driver can send together."""
    groups: dict[str, list[tuple[Member, Message]]] = {}
    for member, message in pairs:
        if isinstance(message, Message):
            groups.setdefault(message.text, []).append((member, message))
    return groups


def _span(group: Sequence[tuple[Member, Message]]) -> AbstractContextManager[None]:
    positions = (member.context.get(traceparent) for member, _ in group)
    return statement_spans(SYSTEM, group[0][1].first, positions)
