"""Finding a category by the words of a file ("Food:Groceries"), and making what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pfh.core.account import NAME_LENGTH_MAX, name_key
from pfh.features.accounts import events
from pfh.features.accounts.store import (
    CATEGORY_TYPE,
    AccountRecord,
    all_accounts,
    insert_account,
)
from pfh.persistence.event_store import Origin, append
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers

_OTHER = {"income": "expense", "expense": "income"}


async def category_by_path(  # noqa: PLR0913 -- where, who, what and how
    connection: Connection,
    household_id: int,
    origin: Origin,
    path: tuple[str, ...],
    account_class: str,
    identifiers: Identifiers,
    *,
    create: bool,
) -> int | None:
    """Return the category of a path, top first; None when there is none and none may be made.

    Names are compared by `name_key`. Tried in this order: the whole path in `account_class`; a
    single word that exactly one category of that class has, wherever it stands; the same two in the
    other class, so that a refund of "Groceries" lowers that expense. A category that was merged
    away answers with the one that it became. Otherwise the missing levels are made in
    `account_class`, each with its `CategoryCreated`; names lose control characters and are cut to
    100 characters.
    """
    names = [name for name in map(cleaned_name, path) if name]
    if not names:
        return None
    index = _Index(await all_accounts(connection, household_id))
    keys = [name_key(name) for name in names]
    for wanted_class in (account_class, _OTHER[account_class]):
        found = index.at(wanted_class, keys) or index.only_one(wanted_class, keys)
        if found is not None:
            return found.account_id
    if not create:
        return None
    return await _create(
        connection, household_id, origin, index.missing(account_class, names), identifiers
    )


def cleaned_name(text: str) -> str:
    """Return words of a file as a category's name: one printable line, at most 100 characters.

    A cut name ends with "…"; "" when nothing readable is left.
    """
    line = "".join(char if char.isprintable() else " " for char in text).strip()
    return line if len(line) <= NAME_LENGTH_MAX else line[: NAME_LENGTH_MAX - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class _Missing:
    """The levels of a path that are not there, and the category that they go below."""

    account_class: str
    parent_id: int | None
    names: list[str]


@dataclass(slots=True)
class _Index:
    """The categories of a household by place and by name."""

    tree: Sequence[AccountRecord]
    _by_place: dict[tuple[str, int | None, str], AccountRecord] = field(init=False)

    def __post_init__(self) -> None:
        by_id = {record.account_id: record for record in self.tree}
        self._by_place = {}
        # A live category wins over a merged one that had the same name at the same place.
        for record in sorted(self.tree, key=lambda one: one.merged_into_id is None):
            if record.is_category:
                target = by_id.get(record.merged_into_id or 0, record)
                place = (record.account_class, record.parent_id, name_key(record.name))
                self._by_place[place] = target

    def at(self, account_class: str, keys: Sequence[str]) -> AccountRecord | None:
        """Return the category at the end of a path."""
        found, depth = self._walk(account_class, keys)
        return found if depth == len(keys) else None

    def only_one(self, account_class: str, keys: Sequence[str]) -> AccountRecord | None:
        """Return the one category of this name in the class; None for several, or for a path."""
        if len(keys) != 1:
            return None
        targets = {
            record.account_id: record
            for (wanted_class, _, key), record in self._by_place.items()
            if wanted_class == account_class and key == keys[0]
        }
        return next(iter(targets.values())) if len(targets) == 1 else None

    def missing(self, account_class: str, names: Sequence[str]) -> _Missing:
        """Return what has to be made for a path."""
        found, depth = self._walk(account_class, [name_key(name) for name in names])
        parent_id = None if found is None else found.account_id
        return _Missing(account_class, parent_id, list(names[depth:]))

    def _walk(self, account_class: str, keys: Sequence[str]) -> tuple[AccountRecord | None, int]:
        found: AccountRecord | None = None
        for depth, key in enumerate(keys):
            parent_id = None if found is None else found.account_id
            below = self._by_place.get((account_class, parent_id, key))
            if below is None:
                return found, depth
            found = below
        return found, len(keys)


async def _create(
    connection: Connection,
    household_id: int,
    origin: Origin,
    missing: _Missing,
    identifiers: Identifiers,
) -> int:
    parent_id, drafts = missing.parent_id, []
    for name in missing.names:
        record = AccountRecord(
            account_id=identifiers.next(),
            account_class=missing.account_class,
            account_type=CATEGORY_TYPE,
            name=name,
            parent_id=parent_id,
            created_at=origin.occurred_at,
        )
        await insert_account(connection, household_id, record, name_key(name))
        drafts.append(events.told(identifiers.next(), events.CATEGORY_CREATED, record))
        parent_id = record.account_id
    await append(connection, household_id, origin, drafts)
    if parent_id is None:
        message = "a path without names reached the creation of categories"
        raise RuntimeError(message)
    return parent_id
