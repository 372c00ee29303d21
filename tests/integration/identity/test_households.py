"""Reading and changing a household."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
import pytest

from pfh.core.errors import Problem
from pfh.features.households.api import (
    ChangeHousehold,
    change_household,
    membership_of,
    read_household,
)
from pfh.features.households.errors import HouseholdNotFound, OwnerRequired
from pfh.persistence.idempotency import IdempotencyKeyReused, request_key
from tests.integration.identity.hub import Hub


async def test_change_household_writes_one_event_and_answers_with_it(hub: Hub) -> None:
    actor = (await hub.register()).actor("c")
    wish = ChangeHousehold(name="  Home ", base_commodity="USD")
    answer = await change_household(actor, wish, hub.services)
    assert answer.status == 200
    assert msgspec.json.decode(answer.body) == {
        "id": str(actor.household_id),
        "name": "Home",
        "baseCurrency": "USD",
        "role": "owner",
        "householdSeq": 3,
    }
    again = await change_household(actor, wish, hub.services)
    assert again.body == answer.body
    [(payload,)] = await hub.rows("SELECT payload FROM events WHERE type = 'HouseholdChanged'")
    assert msgspec.json.decode(payload) == {
        "before": {"name": "Ann’s household", "baseCommodity": "EUR"},
        "after": {"name": "Home", "baseCommodity": "USD"},
    }
    household = (await read_household(actor, hub.services)).household
    assert (household.name, household.base_commodity) == ("Home", "USD")


@pytest.mark.parametrize(
    ("wish", "field", "code"),
    [
        (ChangeHousehold(name="  "), "name", "household_name_missing"),
        (ChangeHousehold(name="x" * 101), "name", "text_too_long"),
        (ChangeHousehold(name="a\x1b[31m"), "name", "text_not_printable"),
        (ChangeHousehold(base_commodity="eur"), "baseCurrency", "currency_unknown"),
        (ChangeHousehold(base_commodity="DEM"), "baseCurrency", "base_currency_unusable"),
        (ChangeHousehold(base_commodity="BTC"), "baseCurrency", "base_currency_unusable"),
    ],
)
async def test_change_household_changes_nothing_when_a_field_is_wrong(
    hub: Hub, wish: ChangeHousehold, field: str, code: str
) -> None:
    actor = (await hub.register()).actor("c")
    with pytest.raises(Problem) as caught:
        await change_household(actor, wish, hub.services)
    problem = getattr(caught.value, "problems", (caught.value,))[0]
    assert (problem.field, problem.code) == (field, code)
    assert await hub.rows("SELECT COUNT(*) FROM events") == [(2,)]


async def test_both_fields_are_kept_when_two_change_at_once(hub: Hub) -> None:
    actor = (await hub.register()).actor("c")
    await asyncio.gather(
        change_household(actor, ChangeHousehold(name="Home"), hub.services),
        change_household(actor, ChangeHousehold(base_commodity="USD"), hub.services),
    )
    household = (await read_household(actor, hub.services)).household
    assert (household.name, household.base_commodity) == ("Home", "USD")


@pytest.mark.parametrize("role", ["member", "viewer"])
async def test_change_household_is_for_owners(hub: Hub, role: str) -> None:
    actor = replace((await hub.register()).actor("c"), household_role=role)
    with pytest.raises(OwnerRequired):
        await change_household(actor, ChangeHousehold(name="Mine"), hub.services)


async def test_change_household_answers_once_when_the_key_comes_again(hub: Hub) -> None:
    actor = (await hub.register()).actor("c")

    async def change(name: str) -> bytes:
        key = request_key(
            actor.user_id, "k1", route="PATCH /api/household", body=name.encode(), now=1
        )
        wish = ChangeHousehold(name=name)
        return (await change_household(actor, wish, hub.services, key=key)).body

    first = await change("Home")
    await change_household(actor, ChangeHousehold(name="Away"), hub.services)
    assert await change("Home") == first
    assert (await read_household(actor, hub.services)).household.name == "Away"
    with pytest.raises(IdempotencyKeyReused):
        await change("Elsewhere")


async def test_household_is_not_found_when_it_is_not_yours(hub: Hub) -> None:
    ann, bob = await hub.register(), await hub.register("bob@example.org")
    household_id = bob.membership.household.household_id
    intruder = replace(ann.actor("c"), household_id=household_id)
    with pytest.raises(HouseholdNotFound):
        await read_household(intruder, hub.services)
    with pytest.raises(HouseholdNotFound):
        await change_household(intruder, ChangeHousehold(name="Mine now"), hub.services)
    found = await hub.services.database.read(
        lambda connection: membership_of(connection, ann.user.user_id, household_id)
    )
    assert found is None
