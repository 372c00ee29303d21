"""What every writing command shares: the right to write, one order, one answer a key.

It exists so that no use-case can forget one of the three.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pfh.observability.tracing import traceparent
from pfh.persistence.event_store import Origin
from pfh.persistence.idempotency import Answer, RequestKey, once
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


def origin_of(services: Services, actor: Actor) -> Origin:
    """Return who and when, for the events of one unit of work."""
    return Origin(
        actor.user_id,
        actor.correlation_id,
        services.clock.now(),
        traceparent=traceparent.get(),
    )


async def run_once(
    services: Services,
    actor: Actor,
    key: RequestKey | None,
    unit: Callable[[Connection], Awaitable[Answer]],
    *,
    expect: Callable[[Connection], None] | None = None,
) -> Answer:
    """Commit a writing unit for an actor who may write, once for an idempotency key.

    The unit is the only one that writes to the household until it ends. `expect` says what the unit
    is going to ask, so that it is asked together with the key and the head of the events.

    Raises:
        NotAllowed: the actor is a viewer.
        What the unit raises, and the problems of the key.
    """
    actor.require_writer()
    guarded = once(key, unit, household_id=actor.household_id)
    if expect is None:
        return await services.database.write(guarded)

    async def expecting(connection: Connection) -> Answer:
        expect(connection)
        return await guarded(connection)

    return await services.database.write(expecting, foreseen=True)
