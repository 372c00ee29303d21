"""What every writing command shares: the right to write, one order, one answer a key.

It exists so that no use-case can forget one of the three.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pfh.observability.tracing import traceparent
from pfh.persistence.event_store import Origin, lock_household
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
) -> Answer:
    """Commit a writing unit for an actor who may write, once for an idempotency key.

    The unit is the only one that writes to the household until it ends.

    Raises:
        NotAllowed: the actor is a viewer.
        What the unit raises, and the problems of the key.
    """
    actor.require_writer()

    async def locked(connection: Connection) -> Answer:
        await lock_household(connection, actor.household_id)
        return await unit(connection)

    return await services.database.write(once(key, locked))
