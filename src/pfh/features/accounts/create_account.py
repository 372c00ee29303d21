"""Opening an account with what is in it: account, opening entry and their events in one commit."""

from __future__ import annotations

import msgspec

from pfh.core.commodity import commodity
from pfh.core.entry import raise_problems
from pfh.core.errors import Problem
from pfh.core.identity_types import parse_id
from pfh.core.money import parse_minor
from pfh.core.period import date_problem
from pfh.features.accounts.account_views import account_view
from pfh.features.accounts.open_account import NewAccount, open_account
from pfh.features.accounts.schemas import AccountAnswer, AccountInput
from pfh.features.households import api as households
from pfh.features.ledger import api as ledger
from pfh.persistence.command import origin_of, run_once
from pfh.persistence.event_reader import household_seq
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_encode = msgspec.json.Encoder().encode


async def create_account(
    services: Services, actor: Actor, stated: AccountInput, key: RequestKey | None = None
) -> Answer:
    """Open an account and answer 201 with it.

    Raises:
        NotAllowed; what `open_account` raises; the problems of `openingBalance` and `openingDate`.
    """
    origin, today = origin_of(services, actor), services.clock.today()
    if stated.opening_date is not None:
        problem = date_problem(stated.opening_date, field="openingDate")
        raise_problems([] if problem is None else [problem])

    async def unit(connection: Connection) -> Answer:
        code = stated.currency or await households.base_commodity_of(connection, actor.household_id)
        amount_minor = _opening_minor(stated, code)
        record = await open_account(
            connection,
            actor.household_id,
            origin,
            NewAccount(
                name=stated.name,
                account_type=stated.account_type,
                commodity=code,
                external_id=stated.external_id,
                parent_id=None if stated.parent_id is None else parse_id(stated.parent_id),
            ),
            services.identifiers,
        )
        await ledger.set_opening(
            connection,
            actor.household_id,
            origin,
            record,
            amount_minor=amount_minor,
            date=stated.opening_date or today,
            identifiers=services.identifiers,
        )
        return await account_answer(connection, actor, record.account_id, today, status=201)

    return await run_once(services, actor, key, unit)


async def account_answer(
    connection: Connection, actor: Actor, account_id: int, today: str, *, status: int = 200
) -> Answer:
    """Render an account after a write."""
    view = await account_view(connection, actor.household_id, account_id, today)
    sequence = await household_seq(connection, actor.household_id)
    fields = msgspec.structs.asdict(view)
    return Answer(status, _encode(AccountAnswer(**fields, household_seq=sequence)))


def _opening_minor(stated: AccountInput, code: str) -> int:
    if stated.opening_balance is None:
        return 0
    try:
        unit = commodity(code)
    except Problem:
        # `open_account` reports an unknown currency together with whatever else is wrong.
        return 0
    return parse_minor(stated.opening_balance, unit, field="openingBalance")
