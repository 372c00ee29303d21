"""Signing up makes a person, a household and a session at once, or nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pfh.core.errors import Problem, Problems
from pfh.features.households.api import Founding, base_commodity_of, household_of
from pfh.features.households.errors import HouseholdNotFound
from pfh.features.identity import passwords
from pfh.features.identity.api import EmailTaken, TooManyAttempts, authenticate, current_user
from pfh.persistence.event_store import Draft, append
from pfh.ports.database import Connection
from tests.integration.identity.hub import PASSWORD, Hub, caller, logged

EVENTS = "SELECT household_seq, type, subject_id, payload FROM events ORDER BY household_seq"


async def test_register_signs_in_with_household_and_admin_role_when_the_hub_is_empty(
    hub: Hub,
) -> None:
    signed_in = await hub.register(first_name=" Ann ", last_name=" ", currency="JPY")
    actor = await authenticate(signed_in.access_token, hub.services, caller(correlation="c1"))
    person = await current_user(actor, hub.services)
    household = person.membership.household
    assert (actor.role, actor.household_role, actor.correlation_id) == ("admin", "owner", "c1")
    assert (person.user.first_name, person.user.last_name) == ("Ann", "")
    assert (household.name, household.base_commodity) == ("Ann’s household", "JPY")
    assert actor.household_id == household.household_id
    assert signed_in.household_seq == 2
    assert await hub.rows(EVENTS) == [
        (1, "HouseholdCreated", household.household_id,
         '{"name":"Ann’s household","baseCommodity":"JPY"}'),
        (2, "UserRegistered", person.user.user_id, '{"role":"admin"}'),
    ]  # fmt: skip


async def test_register_gives_one_admin_when_many_sign_up_at_once(hub: Hub) -> None:
    people = await asyncio.gather(*(hub.register(f"p{number}@example.org") for number in range(5)))
    assert sorted(person.user.role for person in people) == ["admin", *["user"] * 4]
    assert len({person.membership.household.household_id for person in people}) == 5


async def test_register_refuses_when_the_address_is_taken_in_another_case(hub: Hub) -> None:
    await hub.register("ann@example.org")
    with pytest.raises(EmailTaken) as caught:
        await hub.register(" ANN@Example.ORG")
    assert caught.value.field == "email"
    assert await hub.rows("SELECT COUNT(*) FROM households") == [(1,)]


async def test_register_lets_one_in_when_two_take_an_address_at_once(hub: Hub) -> None:
    outcomes = await asyncio.gather(
        *(hub.register("ann@example.org") for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 3
    assert await hub.rows("SELECT COUNT(*) FROM users") == [(1,)]
    assert await hub.rows("SELECT COUNT(*) FROM households") == [(1,)]


@pytest.mark.usefixtures("costly_passwords")
async def test_register_stores_a_hash_and_no_token_when_it_succeeds(hub: Hub) -> None:
    signed_in = await hub.register()
    [(stored,)] = await hub.rows("SELECT password_hash FROM users")
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    tokens = await hub.rows("SELECT token_hash FROM refresh_tokens")
    assert signed_in.refresh_token.encode() not in tokens[0][0]
    assert PASSWORD not in repr(signed_in)
    assert signed_in.refresh_token not in repr(signed_in)
    assert signed_in.access_token not in repr(signed_in)


async def test_register_calls_the_founders_in_the_same_unit_when_they_are_given(hub: Hub) -> None:
    async def founder(connection: Connection, founding: Founding) -> None:
        draft = Draft(7, "AccountCreated", 1, 8, "{}")
        await append(connection, founding.household_id, founding.origin, (draft,))

    hub.founders = (founder,)
    signed_in = await hub.register()
    assert signed_in.household_seq == 3
    assert [row[1] for row in await hub.rows(EVENTS)][-1] == "AccountCreated"


async def test_register_leaves_nothing_when_a_founder_fails(hub: Hub) -> None:
    async def founder(connection: Connection, founding: Founding) -> None:
        await household_of(connection, founding.household_id + 1)

    hub.founders = (founder,)
    with pytest.raises(HouseholdNotFound):
        await hub.register()
    for table in ("users", "households", "memberships", "sessions", "events"):
        assert await hub.rows(f"SELECT COUNT(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"email": "ann"}, "email", "email_invalid"),
        ({"email": "ann@example"}, "email", "email_invalid"),
        ({"email": f"{'a' * 300}@example.org"}, "email", "email_invalid"),
        ({"email": "ann@example.org\r\nBcc: x@y.org"}, "email", "email_invalid"),
        ({"password": "walrus7"}, "password", "password_too_short"),
        ({"password": "w" * 257}, "password", "password_too_long"),
        ({"password": "Password1"}, "password", "password_too_common"),
        ({"password": "aaaaaaaaaaaaaaaaaaaaaa"}, "password", "password_too_common"),
        ({"password": "Ann@Example.Org"}, "password", "password_is_email"),
        ({"confirm_password": "another one"}, "confirmPassword", "passwords_differ"),
        ({"first_name": "  "}, "firstName", "first_name_missing"),
        ({"first_name": "A\x00nn"}, "firstName", "text_not_printable"),
        ({"last_name": "x" * 101}, "lastName", "text_too_long"),
        ({"accept_terms": False}, "acceptTerms", "terms_not_accepted"),
        ({"currency": "XYZ"}, "currency", "currency_unknown"),
        ({"currency": "BTC"}, "currency", "base_currency_unusable"),
    ],
)
async def test_register_names_the_field_when_one_is_wrong(
    hub: Hub, changes: dict[str, Any], field: str, code: str
) -> None:
    if "password" in changes:
        changes = {**changes, "confirm_password": changes["password"]}
    with pytest.raises(Problem) as caught:
        await hub.register(**changes)
    assert (caught.value.field, caught.value.code) == (field, code)
    assert caught.value.fix
    assert await hub.rows("SELECT COUNT(*) FROM users") == [(0,)]


async def test_register_tells_everything_at_once_when_several_fields_are_wrong(hub: Hub) -> None:
    with pytest.raises(Problems) as caught:
        await hub.register(email="", password="x", accept_terms=False, first_name="")
    assert {problem.field for problem in caught.value.problems} == {
        "email", "password", "confirmPassword", "firstName", "acceptTerms",
    }  # fmt: skip


@pytest.mark.parametrize("password", ["  eight  ", "пароль из слов", "p" * 8 + "w" * 248])
async def test_register_takes_the_password_as_typed_when_it_is_unusual(
    hub: Hub, password: str
) -> None:
    await hub.register(password=password, confirm_password=password)
    assert (await hub.sign_in(password=password)).user.email == "ann@example.org"
    with pytest.raises(Problem):
        await hub.sign_in(password=password.strip() + "x")


async def test_register_is_refused_when_an_address_signs_up_too_often(hub: Hub) -> None:
    await hub.register()
    for _ in range(29):
        # These stop before the hash: the address is taken.
        with pytest.raises(EmailTaken):
            await hub.register()
    with pytest.raises(TooManyAttempts) as caught:
        await hub.register("bob@example.org")
    assert 1 <= int(caught.value.extra["retryAfterSeconds"]) <= 60


async def test_register_answers_busy_when_too_many_hashes_wait(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "WAITING_MAX", 0)
    with pytest.raises(Problem) as caught:
        await hub.register()
    assert (caught.value.code, caught.value.extra) == ("sign_in_busy", {"retryAfterSeconds": 3})


async def test_base_commodity_is_read_or_missing_by_household(hub: Hub) -> None:
    signed_in = await hub.register(currency="USD")
    household_id = signed_in.membership.household.household_id
    read = hub.services.database.read
    assert await read(lambda connection: base_commodity_of(connection, household_id)) == "USD"
    with pytest.raises(HouseholdNotFound):
        await read(lambda connection: base_commodity_of(connection, 1))


async def test_register_logs_one_line_without_secrets_when_it_succeeds(hub: Hub) -> None:
    with logged() as lines:
        signed_in = await hub.register()
    [fields] = lines.fields("AUTH_OK")
    assert fields["method"] == "sign_up"
    text = "\n".join(lines.texts) + repr(lines.records)
    for secret in (
        PASSWORD,
        "ann@",
        "example.org",
        signed_in.access_token,
        signed_in.refresh_token,
    ):
        assert secret not in text
