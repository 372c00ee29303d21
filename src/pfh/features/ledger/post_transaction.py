"""Creating a transaction: one entry, its balances, its event and its answer in one commit."""

from __future__ import annotations

from pfh.features.ledger import events, store
from pfh.features.ledger.build_entry import Place, build_with_accounts, expect_questions
from pfh.features.ledger.schemas import TransactionInput
from pfh.features.ledger.write import CREATED, names_among, origin_of, record, rendered, run_once
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def post_transaction(
    services: Services, actor: Actor, stated: TransactionInput, key: RequestKey | None = None
) -> Answer:
    """Store a stated transaction and answer 201 with it.

    Raises:
        What `build_entry` raises; NotAllowed for a viewer; the idempotency problems.
    """
    origin = origin_of(services, actor)
    entry_id, event_id = services.identifiers.take(2)
    place = Place(actor.household_id, origin.occurred_at, services.identifiers)

    async def unit(connection: Connection) -> Answer:
        entry, found = await build_with_accounts(connection, place, stated, entry_id=entry_id)
        await store.insert_entries(connection, actor.household_id, [entry])
        sequence = await record(connection, actor, origin, [events.posted(event_id, entry)])
        return rendered(entry, names_among(found), status=CREATED, household_seq=sequence)

    return await run_once(
        services,
        actor,
        key,
        unit,
        expect=lambda connection: expect_questions(connection, actor.household_id, stated),
    )
