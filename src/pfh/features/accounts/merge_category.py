"""Merging a category into another one, and taking it back: pointers move, entries stay.

See docs/decisions/0007-merge-as-pointer.md; the event keeps every pointer that moved, which is what
taking the merge back reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from pfh.core.account import AccountClass, ancestors, check_parent, name_key
from pfh.core.identity_types import AccountId
from pfh.features.accounts import events
from pfh.features.accounts.change_category import category_answer
from pfh.features.accounts.errors import AccountNameTaken, MergeNotPossible, SystemAccountFixed
from pfh.features.accounts.events import CategoryMerge, Pointer
from pfh.features.accounts.find_account import category
from pfh.features.accounts.placing import nodes_of
from pfh.features.accounts.store import AccountRecord, all_accounts, update_account
from pfh.persistence.command import origin_of, run_once
from pfh.persistence.event_reader import last_payload
from pfh.persistence.event_store import append
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def merge_category(
    services: Services,
    actor: Actor,
    category_id: int,
    into_id: int,
    key: RequestKey | None = None,
) -> Answer:
    """Let a category stand for another one and answer 200 with the source.

    What is below the source moves below the target; where the target has one of that name already,
    the two are merged, too. What had been merged into the source stands for the target.

    Raises:
        NotAllowed, CategoryNotFound, SystemAccountFixed.
        MergeNotPossible: into itself, below itself, into another kind, or one was merged before.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        source = await category(connection, actor.household_id, category_id, field=None)
        target = await category(connection, actor.household_id, into_id, field="intoId")
        tree = await all_accounts(connection, actor.household_id)
        _check(source, target, tree)
        plan = _Plan({record.account_id: record for record in tree})
        plan.merge(source, target)
        await _store(connection, actor.household_id, plan)
        merge = CategoryMerge(category_id, into_id, tuple(plan.parents), tuple(plan.merges))
        draft = events.merged(event_id, events.CATEGORY_MERGED, merge)
        await append(connection, actor.household_id, origin, [draft])
        return await category_answer(connection, actor, category_id)

    return await run_once(services, actor, key, unit)


async def unmerge_category(
    services: Services, actor: Actor, category_id: int, key: RequestKey | None = None
) -> Answer:
    """Take a category out of the one that it was merged into and answer 200 with it.

    Every pointer that the merge moved and that still is where it put it moves back.

    Raises:
        NotAllowed, CategoryNotFound, AccountNameTaken.
        MergeNotPossible: it is not merged, or it went along with the one above it.
    """
    origin = origin_of(services, actor)
    event_id = services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        source = await category(connection, actor.household_id, category_id, field=None)
        payload = await last_payload(
            connection, actor.household_id, category_id, events.CATEGORY_MERGED
        )
        if source.merged_into_id is None or payload is None:
            message = f"“{source.name}” was not merged by itself."
            raise MergeNotPossible(message, fix="Take out the category that it was merged with.")
        merge = events.decode_merge(payload)
        tree = await all_accounts(connection, actor.household_id)
        plan = _Plan({record.account_id: record for record in tree})
        plan.take_back(merge)
        plan.check()
        await _store(connection, actor.household_id, plan)
        told = CategoryMerge(category_id, merge.into_id, tuple(plan.parents), tuple(plan.merges))
        draft = events.merged(event_id, events.CATEGORY_UNMERGED, told)
        await append(connection, actor.household_id, origin, [draft])
        return await category_answer(connection, actor, category_id)

    return await run_once(services, actor, key, unit)


@dataclass(slots=True)
class _Plan:
    """The pointers of a merge, worked out on a copy of the tree."""

    by_id: dict[int, AccountRecord]
    parents: list[Pointer] = field(default_factory=list)
    merges: list[Pointer] = field(default_factory=list)

    def merge(self, source: AccountRecord, target: AccountRecord) -> None:
        """Merge a category with all below it and all that stood for it."""
        waiting = [(source.account_id, target.account_id)]
        while waiting:
            source_id, target_id = waiting.pop()
            for record in list(self.by_id.values()):
                if source_id in {record.merged_into_id, record.account_id}:
                    self._point_at(record, target_id)
            twins = {
                name_key(record.name): record.account_id for record in self._live_below(target_id)
            }
            for child in self._live_below(source_id):
                twin_id = twins.get(name_key(child.name))
                if twin_id is None:
                    self._move(child, target_id)
                else:
                    waiting.append((child.account_id, twin_id))

    def take_back(self, merge: CategoryMerge) -> None:
        """Move back what still is where the merge put it, last first."""
        for pointer in reversed(merge.merges):
            record = self.by_id.get(pointer.account_id)
            if record is not None and record.merged_into_id in self._present(pointer.to_id):
                self._point_at(record, pointer.from_id)
        for pointer in reversed(merge.parents):
            record = self.by_id.get(pointer.account_id)
            if record is not None and record.parent_id in self._present(pointer.to_id):
                self._move(record, pointer.from_id)
        for record in self.changed():
            parent = self.by_id.get(record.parent_id or 0)
            if parent is not None and parent.merged_into_id is not None:
                # The parent was merged meanwhile: what is below it belongs below what it became.
                self._move(record, parent.merged_into_id)

    def check(self) -> None:
        """Refuse a tree in which something would be below itself or two siblings share a name.

        Raises:
            AccountTreeCycle, AccountNameTaken.
        """
        nodes = nodes_of(tuple(self.by_id.values()))
        for record in self.changed():
            if record.merged_into_id is not None:
                continue
            parent_id = None if record.parent_id is None else AccountId(record.parent_id)
            check_parent(
                AccountClass(record.account_class),
                parent_id,
                nodes,
                account_id=AccountId(record.account_id),
            )
            siblings = [
                other
                for other in self._live_below(record.parent_id)
                if other.account_class == record.account_class
                and name_key(other.name) == name_key(record.name)
            ]
            if len(siblings) > 1:
                message = f"A category called “{record.name}” is already there."
                raise AccountNameTaken(message, field="name", fix="Rename that one first.")

    def _present(self, account_id: int | None) -> set[int | None]:
        """Return a category and what it was merged into meanwhile, which took over its pointers."""
        record = self.by_id.get(account_id or 0)
        return {account_id} if record is None else {account_id, record.merged_into_id} - {None}

    def changed(self) -> list[AccountRecord]:
        """Return the records that a pointer of was moved, as they shall be stored."""
        touched = dict.fromkeys(pointer.account_id for pointer in (*self.merges, *self.parents))
        return [self.by_id[account_id] for account_id in touched]

    def _live_below(self, account_id: int | None) -> list[AccountRecord]:
        return [
            record
            for record in self.by_id.values()
            if record.parent_id == account_id and record.merged_into_id is None
        ]

    def _point_at(self, record: AccountRecord, target_id: int | None) -> None:
        self.merges.append(Pointer(record.account_id, record.merged_into_id, target_id))
        self.by_id[record.account_id] = replace(record, merged_into_id=target_id)

    def _move(self, record: AccountRecord, parent_id: int | None) -> None:
        self.parents.append(Pointer(record.account_id, record.parent_id, parent_id))
        self.by_id[record.account_id] = replace(record, parent_id=parent_id)


async def _store(connection: Connection, household_id: int, plan: _Plan) -> None:
    appearing = {one.account_id for one in plan.merges if one.from_id is not None}

    def turn(record: AccountRecord) -> int:
        if record.merged_into_id is not None:
            return 0
        return 2 if record.account_id in appearing else 1

    # Those that disappear first, those that appear last: no name is ever twice at one place.
    for record in sorted(plan.changed(), key=turn):
        await update_account(connection, household_id, record, name_key(record.name))


def _check(source: AccountRecord, target: AccountRecord, tree: Sequence[AccountRecord]) -> None:
    if source.is_system:
        message = f"The hub itself needs “{source.name}”."
        raise SystemAccountFixed(message, fix="Merge the other one into it.")
    if source.merged_into_id is not None:
        message = f"“{source.name}” was merged already."
        raise MergeNotPossible(message, fix="Take it out of there first.")
    if target.merged_into_id is not None:
        message = f"“{target.name}” was merged into another category itself."
        raise MergeNotPossible(message, field="intoId", fix="Choose the one that it became.")
    if source.account_class != target.account_class:
        message = f"“{target.name}” is not of the same kind."
        fix = f"Choose an {source.account_class} category."
        raise MergeNotPossible(message, field="intoId", fix=fix)
    above = ancestors(AccountId(target.account_id), nodes_of(tree))
    if source.account_id == target.account_id or source.account_id in above:
        message = "A category cannot be merged into itself or into one below it."
        raise MergeNotPossible(message, field="intoId", fix="Choose one outside of it.")
