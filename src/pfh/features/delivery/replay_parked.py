"""Letting a parked household go on, from the books."""

from __future__ import annotations

from pfh.features.delivery.apply_household import Group, apply_household
from pfh.observability.logging import get_logger
from pfh.ports.event_log import NO_EVENTS

_LOGGER = get_logger(__name__)


async def replay_parked(group: Group, household_id: int) -> bool:
    """Take a household off the list and bring it to the head of the books.

    The list comes first: an event that is written meanwhile is then applied by whoever gets it,
    with what it finds missing before it. Returns False when the household is parked again, by the
    same event or another one.

    Raises:
        DocumentsUnavailable, DatabaseError, StreamUnavailable: a server is away; the sweep of the
            consumers does the rest.
    """
    if not await group.parking.unpark(group.name, household_id):
        return True
    heads = await group.effect.heads([household_id])
    await apply_household(group, household_id, (), heads.get(household_id, NO_EVENTS))
    parked = await group.parking.parked_of(group.name, [household_id])
    _LOGGER.info(
        "parked_household_replayed",
        group=group.name,
        household_id=household_id,
        outcome="parked again" if parked else "at the head",
    )
    return not parked
