"""Foreseen units of several callers in one transaction: their statements travel together.

It exists because a create costs the hub and the server less for its statements than for the five
messages that carry them. Each unit stays atomic for itself:

- It asks and is asked only what it said before, in the household that it locked, and two units with
  a lock in common are never in one transaction. So none sees what another does.
- Until all have decided, nothing is written. A unit that raises until then has nothing to undo.
- A unit that wants more leaves, and runs alone after the commit, from its beginning.
- When anything fails after that, nothing of any unit is stored, and each runs alone.

Nobody waits for a lock here (SKIP LOCKED), so a household that is busy holds up nobody else, and
transactions of many households cannot wait for each other in a circle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from pfh.adapters.database.postgres_connection import DRIVER_ERRORS, SYSTEM, is_gone
from pfh.adapters.database.postgres_errors import CONFLICTS, translate
from pfh.adapters.database.postgres_shared import Member, Message
from pfh.adapters.database.postgres_units import BEGIN_WRITE, Units, outcome_unknown
from pfh.adapters.database.rounds import Rounds
from pfh.observability.database_metrics import group_tally
from pfh.observability.failpoints import reached
from pfh.observability.spans import statement_spans
from pfh.observability.tracing import traceparent
from pfh.ports.database import (
    DatabaseUnavailable,
    ForeignKeyViolation,
    Result,
    UniqueViolation,
    Unit,
)

if TYPE_CHECKING:
    from pfh.adapters.database.postgres_connection import RawConnection


class Together:
    """Gathers foreseen units, and drives those of one transaction in step."""

    def __init__(self, units: Units) -> None:
        """Use the connections of `units`, which also runs a unit that goes alone."""
        self.group_sizes = group_tally()
        # What units under way in company have locked, or are about to.
        self._locked: set[int] = set()
        self._units = units
        self._rounds: Rounds[Member] = Rounds(self._serve)

    async def run(self, unit: Unit[Result]) -> tuple[Result, Sequence[int]]:
        """Run a unit until it is stored or fails; return its result and its households."""
        with self._units.accepted:
            if self._rounds.is_free:
                with self._rounds.alone():
                    return await self._units.run(unit, may_write=True)
            member = Member(unit)
            self._rounds.submit(member)
            if await member.future:
                return member.result, member.households
            return await self._units.run(unit, may_write=True)

    async def _serve(self, members: list[Member], give_way: Callable[[], None]) -> None:
        chosen: list[Member] = []
        error: Exception | None = DatabaseUnavailable("the transaction was cut off")
        try:
            self._choose(members, chosen)
            error = await self._store(chosen, give_way) if chosen else None
        except Exception as failure:  # noqa: BLE001 -- a bug here must not leave callers waiting
            error = failure
        finally:
            for member in chosen:
                self._locked.difference_update(member.locks)
            for member in members:
                member.settle(error)

    def _choose(self, members: Iterable[Member], chosen: list[Member]) -> None:
        """Run units up to their locks; one that shares a lock with another under way goes alone."""
        for member in members:
            if not member.future.cancelled():
                member.begin()
            if member.request is not None and self._locked.isdisjoint(member.locks):
                self._locked.update(member.locks)
                chosen.append(member)
                continue
            if member.error is None:
                member.leave()
            member.settle()

    async def _store(self, members: list[Member], give_way: Callable[[], None]) -> Exception | None:
        """Drive the units through one transaction; return what becomes of all of them."""
        raw = await self._units.acquire()
        is_committing = False
        try:
            await raw.execute(BEGIN_WRITE)
            await self._decide(raw, members)
            writing = [member for member in members if member.writes is not None]
            # From here on the server works, and this process can decide for others.
            give_way()
            await self._write(raw, writing)
            if any(member.households for member in writing):
                reached("write.settled")
            is_committing = True
            await raw.execute("COMMIT")
        except BaseException as error:
            failure = translate(error, is_closed=is_gone(raw))
            await asyncio.shield(self._units.undo(raw))
            if not isinstance(error, DRIVER_ERRORS):
                raise
            if failure is not error:
                failure.__cause__ = error
            final = _final(failure, is_committing=is_committing)
            if final is None:
                for member in members:
                    if member.error is None:
                        member.leave()
            return final
        await self._units.release(raw)
        self.group_sizes.observe(len(writing))
        return None

    async def _decide(self, raw: RawConnection, members: Sequence[Member]) -> None:
        """Answer what the units ask until each has ended or left: first of all, their locks."""
        while asking := _by_text((member, member.request) for member in members):
            for text, group in asking.items():
                with _span(group):
                    rows = await raw.fetchmany(text, [message.values for _, message in group])
                for (member, _), row in zip(group, rows, strict=True):
                    member.go_on(row)

    async def _write(self, raw: RawConnection, members: Sequence[Member]) -> None:
        """Send the writes of all units."""
        for text, group in _by_text((member, member.writes) for member in members).items():
            with _span(group):
                await raw.executemany(text, [message.values for _, message in group])


def _final(failure: Exception, *, is_committing: bool) -> Exception | None:
    """Return what all units of a failed transaction raise; None when each may run alone.

    After the COMMIT was sent, only a refusal is sure to have stored nothing.
    """
    if is_committing:
        unknown = outcome_unknown(failure)
        if unknown is not None:
            return unknown
        refusals = (UniqueViolation, ForeignKeyViolation, *CONFLICTS)
        return None if isinstance(failure, refusals) else failure
    # A server that is silent would be waited for twice.
    return failure if isinstance(failure.__cause__, TimeoutError) else None


def _by_text(
    pairs: Iterable[tuple[Member, Message | None]],
) -> dict[str, list[tuple[Member, Message]]]:
    """Put together what the driver can send together."""
    groups: dict[str, list[tuple[Member, Message]]] = {}
    for member, message in pairs:
        if message is not None:
            groups.setdefault(message.text, []).append((member, message))
    return groups


def _span(group: Sequence[tuple[Member, Message]]) -> AbstractContextManager[None]:
    positions = (member.context.get(traceparent) for member, _ in group)
    return statement_spans(SYSTEM, group[0][1].first, positions)
