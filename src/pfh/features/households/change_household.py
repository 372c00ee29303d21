"""Renaming a household and choosing the currency it thinks in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from pfh.core.errors import Problem, Problems
from pfh.core.text import line_problem
from pfh.features.households.errors import HouseholdNameMissing, OwnerRequired
from pfh.features.households.events import HouseholdChange, HouseholdSnapshot, household_changed
from pfh.features.households.found_household import NAME_LENGTH_MAX, base_currency
from pfh.features.households.read_household import membership_in
from pfh.features.households.schemas import HouseholdChangedAnswer, household_answer
from pfh.features.households.store import HouseholdRecord, update_household
from pfh.persistence.event_store import Draft, Origin, append, lock_household
from pfh.persistence.idempotency import Answer, RequestKey, once
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeHousehold:
    """The wish; None leaves a field as it is."""

    name: str | None = None
    base_commodity: str | None = None


async def change_household(
    actor: Actor, wish: ChangeHousehold, services: Services, *, key: RequestKey | None = None
) -> Answer:
    """Change the household and answer with it; a wish that changes nothing writes no event.

    Amounts keep their own currencies: the base currency only says into what totals are converted.

    Raises:
        OwnerRequired: the actor is a member or a viewer.
        Problems: a field does not hold what it may hold.
    """
    if actor.household_role != "owner":
        raise OwnerRequired(
            "Only an owner of the household may change it.",
            fix="Ask an owner to change it or to make you an owner.",
        )
    checked = _checked(wish)
    event_id = services.identifiers.next()
    origin = Origin(actor.user_id, actor.correlation_id, services.clock.now())

    async def unit(connection: Connection) -> Answer:
        # Two changes at once must not write each other's old values back.
        await lock_household(connection, actor.household_id)
        membership = await membership_in(connection, actor)
        before = membership.household
        after = replace(
            before,
            name=checked.name or before.name,
            base_commodity=checked.base_commodity or before.base_commodity,
        )
        drafts: list[Draft] = []
        if after != before:
            await update_household(connection, after)
            change = HouseholdChange(_snapshot(before), _snapshot(after))
            drafts.append(household_changed(event_id, after.household_id, change))
        household_seq = await append(connection, after.household_id, origin, drafts)
        shown = household_answer(replace(membership, household=after))
        answer = HouseholdChangedAnswer(
            **msgspec.structs.asdict(shown), household_seq=household_seq
        )
        return Answer(200, _encode(answer))

    return await services.database.write(once(key, unit))


def _checked(wish: ChangeHousehold) -> ChangeHousehold:
    problems: list[Problem] = []
    name = None if wish.name is None else wish.name.strip()
    if name is not None:
        problem = name_problem(name)
        if problem is not None:
            problems.append(problem)
    if wish.base_commodity is not None:
        try:
            base_currency(wish.base_commodity, field="baseCurrency")
        except Problem as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Problems(problems)
    return ChangeHousehold(name=name, base_commodity=wish.base_commodity)


def name_problem(name: str, *, field: str = "name") -> Problem | None:
    """Judge a household's name: 1 to 100 printable characters after trimming."""
    if not name:
        return HouseholdNameMissing(
            "A household needs a name.", field=field, fix="Write a name, like “Home”."
        )
    return line_problem(name, field=field, length_max=NAME_LENGTH_MAX)


def _snapshot(record: HouseholdRecord) -> HouseholdSnapshot:
    return HouseholdSnapshot(record.name, record.base_commodity)
