"""A new password by mail, a proven address, and what people are told: for their owner alone."""

from __future__ import annotations

import asyncio
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from pfh.core.errors import Problem
from pfh.features.identity.api import (
    ChangePassword,
    ChangeProfile,
    Client,
    SignedIn,
    authenticate,
    change_password,
    change_profile,
    current_user,
    end_all_sessions,
    forget_codes,
    refresh_session,
)
from pfh.features.identity.letters import RESET_SECONDS, VERIFY_SECONDS
from pfh.features.identity.recovery.request_password_reset import request_password_reset
from pfh.features.identity.recovery.reset_password import ResetPassword, reset_password
from pfh.features.identity.recovery.verify_email import request_verification, verify_email
from pfh.features.mail.send_letter import send_next_letter
from tests.integration.identity.hub import PASSWORD, Hub, caller, logged

NEW = "eleven green umbrellas"
CODE = re.compile(r"#([\w-]{43})")


async def letters(hub: Hub, folder: Path, kind: str) -> list[EmailMessage]:
    """Send what is due and return the letters of a kind, oldest first."""
    while (await send_next_letter(hub.services)).outcome == "sent":
        pass
    rows = await hub.rows("SELECT mail_id FROM mail_outbox WHERE kind = $1 ORDER BY mail_id", kind)
    paths = [folder / "mail" / f"{row[0]}.eml" for row in rows]
    return [
        message_from_bytes(path.read_bytes(), policy=default) for path in paths if path.exists()
    ]


def code_in(mail: EmailMessage) -> str:
    plain = mail.get_body(("plain",))
    assert plain is not None
    found = CODE.search(plain.get_content())
    assert found is not None
    return found[1]


async def reset_code(hub: Hub, folder: Path, email: str = "ann@example.org") -> str:
    await request_password_reset(email, caller(), hub.services)
    return code_in((await letters(hub, folder, "password_reset"))[-1])


async def reset(hub: Hub, code: str, password: str = NEW) -> None:
    wish = ResetPassword(code=code, new_password=password, confirm_password=password)
    await reset_password(wish, caller(), hub.services)


async def is_verified(hub: Hub, signed_in: SignedIn) -> bool:
    person = await current_user(signed_in.actor("c"), hub.services)
    return person.user.email_verified_at is not None


async def test_choosing_a_new_password_ends_every_session_and_tells_the_person(
    hub: Hub, tmp_path: Path
) -> None:
    ann = await hub.register()
    code = await reset_code(hub, tmp_path)
    with logged() as lines:
        await reset(hub, code)
    assert lines.fields("AUTH_ENDED")[0]["scope"] == "password_reset"
    assert code not in "".join(lines.texts)
    with pytest.raises(Problem):
        await authenticate(ann.access_token, hub.services, caller())
    with pytest.raises(Problem):
        await refresh_session(ann.refresh_token, caller(), hub.services)
    with pytest.raises(Problem):
        await hub.sign_in(password=PASSWORD)
    again = await hub.sign_in(password=NEW)
    assert again.user.epoch == 2
    assert len(await letters(hub, tmp_path, "password_changed")) == 1
    types = [row[0] for row in await hub.rows("SELECT type FROM events ORDER BY position")]
    assert types[-1] == "PasswordChanged"


async def test_a_code_is_good_once_and_ends_all_others(hub: Hub, tmp_path: Path) -> None:
    await hub.register()
    first = await reset_code(hub, tmp_path)
    second = await reset_code(hub, tmp_path)
    await reset(hub, second)
    for code in (first, second):
        with pytest.raises(Problem) as caught:
            await reset(hub, code)
        assert (caught.value.code, caught.value.field) == ("link_code_invalid", "code")


async def test_of_two_who_use_a_code_at_once_one_wins(hub: Hub, tmp_path: Path) -> None:
    await hub.register()
    code = await reset_code(hub, tmp_path)
    outcomes = await asyncio.gather(
        reset(hub, code, NEW), reset(hub, code, f"{NEW} too"), return_exceptions=True
    )
    refused = [one for one in outcomes if isinstance(one, BaseException)]
    assert [getattr(one, "code", one) for one in refused] == ["link_code_invalid"]


async def test_a_code_ends_after_half_an_hour(hub: Hub, tmp_path: Path) -> None:
    await hub.register()
    code = await reset_code(hub, tmp_path)
    hub.clock.advance(RESET_SECONDS)
    with pytest.raises(Problem, match="too old"):
        await reset(hub, code)
    late = await reset_code(hub, tmp_path)
    hub.clock.advance(RESET_SECONDS - 1)
    await reset(hub, late)


async def test_a_password_that_cannot_be_used_leaves_the_code_good(
    hub: Hub, tmp_path: Path
) -> None:
    await hub.register()
    code = await reset_code(hub, tmp_path)
    for bad in ("short", "ann@example.org", "password1"):
        with pytest.raises(Problem) as caught:
            await reset(hub, code, bad)
        assert caught.value.field == "newPassword"
    await reset(hub, code)


async def test_asking_does_the_same_for_those_who_exist_and_those_who_do_not(
    hub: Hub, tmp_path: Path
) -> None:
    ann = await hub.register()
    await hub.services.database.write(
        lambda connection: connection.execute(
            "UPDATE users SET disabled_at = 1 WHERE user_id = $1",
            (ann.user.user_id),
        )
    )
    await letters(hub, tmp_path, "verify_email")
    for email in ("ann@example.org", "nobody@example.org", "no address at all", "\ud800", ""):
        with logged() as lines:
            await request_password_reset(email, caller(), hub.services)
        (line,) = lines.fields("AUTH_RESET_REQUESTED")
        assert set(line) == {"account", "peer", "user_agent", "correlation_id"}
        assert len(line["account"]) == 16
    assert await letters(hub, tmp_path, "password_reset") == []
    rows = await hub.rows("SELECT state, recipient, user_id FROM mail_outbox WHERE state = 'void'")
    assert rows == [("void", "", None)] * 5
    codes = await hub.rows(
        "SELECT count(*), count(user_id) FROM link_codes WHERE purpose = $1", "password_reset"
    )
    assert codes == [(5, 0)]


async def test_asking_is_throttled_by_account_and_by_address_whoever_exists(hub: Hub) -> None:
    await hub.register()
    for email in ("ann@example.org", "nobody@example.org"):
        for _ in range(3):
            await request_password_reset(email, caller("198.51.100.9"), hub.services)
        with logged() as lines, pytest.raises(Problem) as caught:
            await request_password_reset(email, caller("198.51.100.10"), hub.services)
        assert caught.value.code == "too_many_attempts"
        assert lines.fields("AUTH_LOCKED")[0]["reason"] == "reset_account"
    for number in range(10):
        await request_password_reset(f"x{number}@example.org", caller("192.0.2.1"), hub.services)
    with pytest.raises(Problem, match="too many"):
        await request_password_reset("y@example.org", caller("192.0.2.1"), hub.services)


async def test_guessing_codes_is_throttled(hub: Hub) -> None:
    for _ in range(20):
        with pytest.raises(Problem) as caught:
            await reset(hub, "A" * 43)
        assert caught.value.code == "link_code_invalid"
    with pytest.raises(Problem) as locked:
        await reset(hub, "A" * 43)
    assert locked.value.code == "too_many_attempts"


async def test_the_books_hold_nothing_that_opens_an_account(hub: Hub, tmp_path: Path) -> None:
    await hub.register()
    await request_password_reset("ann@example.org", caller(), hub.services)
    everything = str(await hub.rows("SELECT * FROM mail_outbox"))
    everything += str(await hub.rows("SELECT * FROM link_codes"))
    code = code_in((await letters(hub, tmp_path, "password_reset"))[0])
    assert code not in everything


async def test_an_address_is_proven_by_its_letter_alone(hub: Hub, tmp_path: Path) -> None:
    ann = await hub.register()
    bob = await hub.register("bob@example.org")
    assert not await is_verified(hub, ann)
    codes = {mail["To"]: code_in(mail) for mail in await letters(hub, tmp_path, "verify_email")}
    await verify_email(codes["bob@example.org"], caller(), hub.services)
    assert (await is_verified(hub, ann), await is_verified(hub, bob)) == (False, True)
    with pytest.raises(Problem):
        await verify_email(codes["bob@example.org"], caller(), hub.services)
    with pytest.raises(Problem):
        await reset(hub, codes["ann@example.org"])
    hub.clock.advance(VERIFY_SECONDS)
    with pytest.raises(Problem):
        await verify_email(codes["ann@example.org"], caller(), hub.services)
    assert not await is_verified(hub, ann)


async def test_a_reset_proves_the_address_and_a_change_of_it_unproves(
    hub: Hub, tmp_path: Path
) -> None:
    await hub.register()
    await reset(hub, await reset_code(hub, tmp_path))
    ann = await hub.sign_in(password=NEW)
    assert await is_verified(hub, ann)
    old_code = await reset_code(hub, tmp_path)
    wish = ChangeProfile(email="ann@example.net", current_password=NEW)
    await change_profile(ann.actor("c"), wish, caller(), hub.services)
    assert not await is_verified(hub, ann)
    with pytest.raises(Problem):
        await reset(hub, old_code)
    (told,) = await letters(hub, tmp_path, "email_changed")
    assert told["To"] == "ann@example.org"
    asked = (await letters(hub, tmp_path, "verify_email"))[-1]
    assert asked["To"] == "ann@example.net"
    await verify_email(code_in(asked), caller(), hub.services)
    assert await is_verified(hub, ann)


async def test_another_letter_can_be_asked_for_but_not_often(hub: Hub, tmp_path: Path) -> None:
    ann = await hub.register()
    actor = ann.actor("c")
    for _ in range(3):
        assert await request_verification(actor, caller(), hub.services)
    with pytest.raises(Problem, match="too many"):
        await request_verification(actor, caller(), hub.services)
    found = await letters(hub, tmp_path, "verify_email")
    assert len(found) == 4
    await verify_email(code_in(found[1]), caller(), hub.services)
    assert not await request_verification(actor, caller(), hub.services)


async def test_people_are_told_of_a_changed_password_and_a_used_token_in_their_language(
    hub: Hub, tmp_path: Path
) -> None:
    ann = await hub.register()
    actor = ann.actor("c")
    await change_profile(actor, ChangeProfile(language="de"), caller(), hub.services)
    with pytest.raises(Problem) as caught:
        await change_profile(actor, ChangeProfile(language="tlh"), caller(), hub.services)
    assert caught.value.code == "language_unknown"
    wish = ChangePassword(current_password=PASSWORD, new_password=NEW, confirm_password=NEW)
    device = await change_password(actor, wish, caller(), hub.services)
    (told,) = await letters(hub, tmp_path, "password_changed")
    assert told["Subject"] == "Dein Passwort wurde geändert"
    await refresh_session(device.refresh_token, caller(), hub.services)
    hub.clock.advance(11)
    with pytest.raises(Problem):
        await refresh_session(device.refresh_token, caller(), hub.services)
    (stolen,) = await letters(hub, tmp_path, "session_stolen")
    assert stolen["Subject"] == "Wir haben eines deiner Geräte abgemeldet"


async def test_the_language_of_the_browser_is_kept_at_sign_up(hub: Hub) -> None:
    client = Client(address="203.0.113.7", user_agent="T", correlation_id="c", language="de")
    from pfh.features.identity.api import RegisterUser, register_user

    wish = RegisterUser(
        email="eva@example.org",
        password=PASSWORD,
        confirm_password=PASSWORD,
        first_name="Eva",
        last_name="",
        accept_terms=True,
        currency="EUR",
    )
    await register_user(wish, client, hub.services)
    assert await hub.rows("SELECT language FROM mail_outbox") == [("de",)]


async def test_forgets_codes_a_day_after_they_ran_out(hub: Hub) -> None:
    await hub.register()
    await request_password_reset("ann@example.org", caller(), hub.services)
    hub.clock.advance(RESET_SECONDS + 86_401)
    assert await forget_codes(hub.services) == 1
    hub.clock.advance(VERIFY_SECONDS)
    assert await forget_codes(hub.services) == 1


async def test_signing_out_everywhere_leaves_codes_good(hub: Hub, tmp_path: Path) -> None:
    ann = await hub.register()
    code = await reset_code(hub, tmp_path)
    await end_all_sessions(ann.user.user_id, hub.services)
    await reset(hub, code)
