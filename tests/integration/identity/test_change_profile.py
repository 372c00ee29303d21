"""Changing one's name freely, and one's address only with the password."""

from __future__ import annotations

import asyncio

import pytest

from pfh.core.errors import Problem
from pfh.features.identity.api import (
    ChangeProfile,
    EmailTaken,
    SignInFailed,
    change_profile,
    current_user,
)
from pfh.features.identity.errors import CurrentPasswordWrong, SessionEnded
from pfh.ports.database import Connection
from tests.integration.identity.hub import PASSWORD, Hub, caller

PROFILE_EVENTS = "SELECT payload FROM events WHERE type = 'ProfileChanged'"


async def test_names_change_without_a_password_and_without_their_values_in_history(
    hub: Hub,
) -> None:
    actor = (await hub.register()).actor("c")
    wish = ChangeProfile(first_name=" Anna ", last_name="")
    person = await change_profile(actor, wish, caller(), hub.services)
    assert (person.user.first_name, person.user.last_name) == ("Anna", "")
    await change_profile(actor, wish, caller(), hub.services)
    assert await hub.rows(PROFILE_EVENTS) == [('{"fields":["firstName","lastName"]}',)]
    assert (await current_user(actor, hub.services)).user == person.user


async def test_address_changes_when_the_password_is_right(hub: Hub) -> None:
    actor = (await hub.register()).actor("c")
    wish = ChangeProfile(email="Anna@Example.NET", current_password=PASSWORD)
    person = await change_profile(actor, wish, caller(), hub.services)
    assert person.user.email == "Anna@example.net"
    await hub.sign_in("anna@example.net")
    with pytest.raises(SignInFailed):
        await hub.sign_in("ann@example.org")


async def test_address_stays_when_the_password_is_missing_or_wrong(hub: Hub) -> None:
    actor = (await hub.register()).actor("c")
    for password in ("", "six grey geese"):
        wish = ChangeProfile(email="a@example.net", current_password=password)
        with pytest.raises(CurrentPasswordWrong) as caught:
            await change_profile(actor, wish, caller(), hub.services)
        assert caught.value.field == "currentPassword"
    assert await hub.rows("SELECT email FROM users") == [("ann@example.org",)]


async def test_address_is_refused_when_somebody_has_it(hub: Hub) -> None:
    await hub.register("bob@example.org")
    actor = (await hub.register()).actor("c")
    wish = ChangeProfile(email="BOB@example.org", current_password=PASSWORD)
    with pytest.raises(EmailTaken):
        await change_profile(actor, wish, caller(), hub.services)


@pytest.mark.parametrize(
    ("wish", "field", "code"),
    [
        (ChangeProfile(email="nowhere"), "email", "email_invalid"),
        (ChangeProfile(first_name=" "), "firstName", "first_name_missing"),
        (ChangeProfile(last_name="\ud800"), "lastName", "text_not_printable"),
    ],
)
async def test_profile_names_the_field_when_one_is_wrong(
    hub: Hub, wish: ChangeProfile, field: str, code: str
) -> None:
    actor = (await hub.register()).actor("c")
    with pytest.raises(Problem) as caught:
        await change_profile(actor, wish, caller(), hub.services)
    problem = getattr(caught.value, "problems", (caught.value,))[0]
    assert (problem.field, problem.code) == (field, code)


async def test_both_fields_are_kept_when_two_change_at_once(hub: Hub) -> None:
    actor = (await hub.register()).actor("c")
    await asyncio.gather(
        change_profile(actor, ChangeProfile(first_name="Eve"), caller(), hub.services),
        change_profile(actor, ChangeProfile(last_name="Elm"), caller(), hub.services),
    )
    user = (await current_user(actor, hub.services)).user
    assert (user.first_name, user.last_name) == ("Eve", "Elm")


async def test_current_user_is_gone_when_the_membership_is(hub: Hub) -> None:
    actor = (await hub.register()).actor("c")

    async def leave(connection: Connection) -> None:
        await connection.execute("DELETE FROM memberships")

    await hub.services.database.write(leave)
    with pytest.raises(SessionEnded):
        await current_user(actor, hub.services)
