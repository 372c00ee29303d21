"""Reading the trash: what was deleted and can be brought back, latest first."""

from __future__ import annotations

import re

from pfh.core.identity_types import parse_id
from pfh.core.instant import instant_text
from pfh.features.ledger import store
from pfh.features.ledger.errors import CursorInvalid
from pfh.features.ledger.schemas import TrashList, TrashView
from pfh.features.ledger.view import fields_of
from pfh.features.ledger.write import names_of
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9]{1,19})")
_LAST = (2**63 - 1, 2**63 - 1)


async def read_trash(
    services: Services, actor: Actor, *, cursor: str | None, limit: int
) -> TrashList:
    """Return a page of deleted transactions.

    Raises:
        CursorInvalid: the cursor is not one of this list.
    """
    before = _before(cursor)

    async def unit(connection: Connection) -> TrashList:
        found = await store.list_trash(
            connection, actor.household_id, before=before, limit=limit + 1
        )
        page = found[:limit]
        names = await names_of(connection, actor.household_id, [entry for _, entry in page])
        items = [
            TrashView(**fields_of(entry, names), deleted_at=instant_text(deleted_at))  # type: ignore[arg-type]
            for deleted_at, entry in page
        ]
        more = len(found) > limit
        return TrashList(items, f"{page[-1][0]}.{page[-1][1].entry_id}" if more else None)

    return await services.database.read(unit)


def _before(cursor: str | None) -> tuple[int, int]:
    if not cursor:
        return _LAST
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise CursorInvalid(
            "The cursor was not made by this list.",
            field="cursor",
            fix="Start again without a cursor.",
        )
    return int(found[1]), parse_id(found[2])
