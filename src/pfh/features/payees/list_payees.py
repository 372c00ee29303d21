"""Listing payees by name, each with what the last transaction with it was."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from pfh.core.identity_types import parse_id
from pfh.features.payees import store
from pfh.features.payees.errors import PayeeCursorInvalid
from pfh.features.payees.schemas import PayeeList, PayeeView
from pfh.features.payees.store import LastUse, PayeeRecord
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_CURSOR = re.compile(r"([A-Za-z0-9_=-]{0,1200})\.([0-9]{1,19})")
_FIRST = ("", 0)


async def list_payees(
    services: Services, actor: Actor, *, words: str | None, cursor: str | None, limit: int
) -> PayeeList:
    """Return a page of the payees whose name contains the words, case ignored.

    Raises:
        PayeeCursorInvalid: the cursor is not one of this list.
    """
    after = _after(cursor)
    part = (words or "").strip().casefold()

    async def unit(connection: Connection) -> PayeeList:
        found = await store.page_of_payees(
            connection, actor.household_id, part=part, after=after, limit=limit + 1
        )
        page, more = found[:limit], len(found) > limit
        uses = await store.last_uses(
            connection, actor.household_id, [payee.payee_id for payee in page]
        )
        items = [_view(payee, uses.get(payee.payee_id)) for payee in page]
        return PayeeList(items, _cursor_text(page[-1]) if more else None)

    return await services.database.read_to_show(unit, actor.household_id)


def _view(payee: PayeeRecord, use: LastUse | None) -> PayeeView:
    return PayeeView(
        id=str(payee.payee_id),
        name=payee.name,
        merged_into_id=None,
        suggested_category_id=str(use.category_id) if use and use.category_id else None,
        suggested_type=use.transaction_type if use else None,
        suggested_account_id=str(use.account_id) if use else None,
    )


def _cursor_text(payee: PayeeRecord) -> str:
    key = urlsafe_b64encode(payee.name.casefold().encode()).decode()
    return f"{key}.{payee.payee_id}"


def _after(cursor: str | None) -> tuple[str, int]:
    if not cursor:
        return _FIRST
    found = _CURSOR.fullmatch(cursor)
    try:
        if found is not None:
            key = urlsafe_b64decode(found[1]).decode()
            if "\0" not in key:
                return key, parse_id(found[2])
    except (Base64Error, UnicodeDecodeError):
        pass
    raise PayeeCursorInvalid(
        "The cursor was not made by this list.", field="cursor", fix="Start again without a cursor."
    )
