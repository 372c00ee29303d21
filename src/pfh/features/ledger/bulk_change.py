"""Doing one thing to many transactions that a person ticked.

Each is its own commit, so one that cannot be changed does not keep the others back; the answer
says which ones were, so that the deed can be taken back as a whole.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pfh.core.errors import Kind, Problem
from pfh.features.ledger.change_transaction import change_transaction
from pfh.features.ledger.delete_transaction import delete_transaction
from pfh.features.ledger.schemas import TransactionPatch
from pfh.features.ledger.undo_transaction import undo_transaction
from pfh.ports.actor import Actor
from pfh.ports.services import Services

_LATER = (Kind.UNAVAILABLE, Kind.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What came of it: the entries changed, how many were not, and the first reason why."""

    deed: str
    changed: tuple[int, ...]
    refused: int = 0
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The result in words: `Deleted 3 transactions; 1 stayed as it was: It is …`."""
        count = len(self.changed)
        words = f"{self.deed} {count} transaction{'' if count == 1 else 's'}"
        if not self.refused:
            return f"{words}."
        return f"{words}; {self.refused} stayed as before. {self.reason}"


async def change_many(
    services: Services, actor: Actor, entry_ids: Sequence[int], *, category_id: str | None
) -> BulkResult:
    """Give transactions a category, or move them to the trash when it is None.

    Raises:
        NotAllowed: the actor may not write.
    """

    async def change(entry_id: int) -> None:
        if category_id is None:
            await delete_transaction(services, actor, entry_id)
        else:
            patch = TransactionPatch(category_id=category_id)
            await change_transaction(services, actor, entry_id, patch)

    return await _each("Deleted" if category_id is None else "Changed", entry_ids, change)


async def undo_many(services: Services, actor: Actor, entry_ids: Sequence[int]) -> BulkResult:
    """Take back the last thing that happened to each transaction."""

    async def undo(entry_id: int) -> None:
        await undo_transaction(services, actor, entry_id)

    return await _each("Took back", entry_ids, undo)


async def _each(
    deed: str, entry_ids: Sequence[int], change: Callable[[int], Awaitable[None]]
) -> BulkResult:
    changed: list[int] = []
    refused, reason = 0, ""
    for entry_id in dict.fromkeys(entry_ids):
        try:
            await change(entry_id)
        except Problem as problem:
            if problem.kind in _LATER:
                raise
            refused, reason = refused + 1, reason or problem.detail
        else:
            changed.append(entry_id)
    return BulkResult(deed, tuple(changed), refused, reason)
