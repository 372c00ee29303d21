"""An access token opens the door only while everything in it is still true."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from pfh.core.errors import Kind, Problem
from pfh.features.identity.access_tokens import AccessClaims, issue_access_token
from pfh.features.identity.api import (
    ChangePassword,
    CredentialsMissing,
    SessionNotFound,
    SignedIn,
    SignInFailed,
    authenticate,
    authenticate_bearer,
    change_password,
    end_session,
    list_sessions,
    sign_out,
    sign_out_by_refresh_token,
    sign_out_everywhere,
)
from pfh.features.identity.errors import (
    AccessTokenExpired,
    AccessTokenInvalid,
    CurrentPasswordWrong,
    SessionEnded,
)
from pfh.features.identity.keys import token_keys
from pfh.ports.actor import Actor
from tests.integration.identity.hub import KEY, PASSWORD, Hub, caller, logged

NEW_PASSWORD = "nine orange lemurs"


async def ask(hub: Hub, token: str) -> Actor:
    return await authenticate(token, hub.services, caller())


def claims_of(signed_in: SignedIn) -> AccessClaims:
    payload = signed_in.access_token.split(".")[1]
    read = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return AccessClaims(
        user_id=int(read["sub"]),
        household_id=int(read["hid"]),
        session_id=int(read["sid"]),
        epoch=read["epoch"],
        not_before=read["nbf"],
        expires_at=read["exp"],
    )


def forged(
    signed_in: SignedIn,
    header: dict[str, Any] | None = None,
    claims: dict[str, Any] | None = None,
    key: OctKey | None = None,
) -> str:
    """Sign the person's own claims again with other words in them; None removes one."""
    keys = token_keys(KEY)
    parts = signed_in.access_token.split(".")
    old_header, old_claims = (
        json.loads(base64.urlsafe_b64decode(part + "==")) for part in parts[:2]
    )
    merged = [
        {name: value for name, value in {**old, **(new or {})}.items() if value is not None}
        for old, new in ((old_header, header), (old_claims, claims))
    ]
    return jwt.encode(
        merged[0], merged[1], key or OctKey.import_key(keys.access), algorithms=["HS256", "HS512"]
    )


async def test_token_has_the_documented_header_and_claims(hub: Hub) -> None:
    signed_in = await hub.register()
    header, payload = (
        json.loads(base64.urlsafe_b64decode(part + "=="))
        for part in signed_in.access_token.split(".")[:2]
    )
    assert header == {"alg": "HS256", "typ": "at+jwt", "kid": token_keys(KEY).key_id}
    assert set(payload) == {
        "iss", "aud", "sub", "sid", "hid", "epoch", "iat", "nbf", "exp", "jti",
    }  # fmt: skip
    assert payload["exp"] - payload["iat"] == 900
    assert (payload["iss"], payload["aud"]) == ("pfh", "pfh-api")


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "JWT"}, None),
        ({"typ": None}, None),
        ({"kid": "0123456789abcdef"}, None),
        ({"kid": None}, None),
        ({"alg": "HS512"}, None),
        ({"jku": "https://evil.example/keys"}, None),
        (None, {"aud": "another-api"}),
        (None, {"aud": ["pfh-api", "another-api"]}),
        (None, {"aud": None}),
        (None, {"iss": "evil"}),
        (None, {"exp": None}),
        (None, {"exp": "9999999999"}),
        (None, {"exp": True}),
        (None, {"exp": 2**63}),
        (None, {"nbf": None}),
        (None, {"sub": None}),
        (None, {"sub": "1; DROP TABLE users"}),
        (None, {"sid": 7}),
        (None, {"sid": "٣"}),
        (None, {"epoch": 1.0}),
    ],
)
async def test_authenticate_refuses_when_header_or_claims_are_not_ours(
    hub: Hub, header: dict[str, Any] | None, claims: dict[str, Any] | None
) -> None:
    signed_in = await hub.register()
    assert await ask(hub, forged(signed_in)) == await ask(hub, signed_in.access_token)
    with logged() as lines, pytest.raises(AccessTokenInvalid) as caught:
        await ask(hub, forged(signed_in, header, claims))
    assert caught.value.kind is Kind.UNAUTHENTICATED
    assert [line["reason"] for line in lines.fields("AUTH_FAILED")] == ["access_token_invalid"]


async def test_authenticate_refuses_when_the_signature_is_not_ours(hub: Hub) -> None:
    signed_in = await hub.register()
    head, body, signature = signed_in.access_token.split(".")
    none = base64.urlsafe_b64encode(
        json.dumps({"alg": "none", "typ": "at+jwt", "kid": token_keys(KEY).key_id}).encode()
    ).decode()
    other_body = base64.urlsafe_b64encode(b'{"sub":"1"}').decode().rstrip("=")
    rsa = jwt.encode(
        {"alg": "RS256", "typ": "at+jwt", "kid": token_keys(KEY).key_id},
        {"sub": "1"},
        RSAKey.generate_key(2048),
        algorithms=["RS256"],
    )
    for token in (
        f"{none.rstrip('=')}.{body}.",
        f"{none.rstrip('=')}.{body}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        forged(signed_in, key=OctKey.import_key(bytes(32))),
        forged(signed_in, key=OctKey.import_key(KEY)),
        rsa,
        signed_in.refresh_token,
        "...",
        "é.ü.ñ",
        "\ud800",
        "[" * 2000,
        "a" * 1_000_000,
    ):
        with pytest.raises(AccessTokenInvalid):
            await ask(hub, token)


async def test_authenticate_refuses_when_the_token_is_too_old_or_too_young(hub: Hub) -> None:
    signed_in = await hub.register()
    hub.clock.advance(900 + 59)
    await ask(hub, signed_in.access_token)
    hub.clock.advance(1)
    with logged() as lines, pytest.raises(AccessTokenExpired):
        await ask(hub, signed_in.access_token)
    # A token that ran out is everyday life, not an attack.
    assert lines.fields("AUTH_FAILED") == []
    hub.clock.advance(-960 - 60)
    await ask(hub, signed_in.access_token)
    hub.clock.advance(-1)
    with pytest.raises(AccessTokenInvalid):
        await ask(hub, signed_in.access_token)


@pytest.mark.parametrize("part", ["user_id", "household_id", "session_id", "epoch"])
async def test_authenticate_refuses_when_a_well_signed_token_does_not_fit_its_session(
    hub: Hub, part: str
) -> None:
    ann, bob = await hub.register(), await hub.register("bob@example.org")
    other = getattr(claims_of(bob), part) if part != "epoch" else 2
    swapped = replace(claims_of(ann), **{part: other})
    token = issue_access_token(token_keys(KEY), swapped, token_id=1)
    with logged() as lines, pytest.raises(SessionEnded):
        await ask(hub, token)
    assert [line["reason"] for line in lines.fields("AUTH_FAILED")] == ["session_ended"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YW5uOng=", "bearer\tx"])
async def test_bearer_is_missing_when_the_header_has_none(hub: Hub, header: str | None) -> None:
    with pytest.raises(CredentialsMissing):
        await authenticate_bearer(header, hub.services, caller())


async def test_bearer_is_read_in_any_case(hub: Hub) -> None:
    signed_in = await hub.register()
    actor = await authenticate_bearer(
        f"bEaReR {signed_in.access_token} ", hub.services, caller(correlation="c9")
    )
    assert actor == signed_in.actor("c9")


async def test_sign_out_kills_the_token_at_once_and_only_that_one(hub: Hub) -> None:
    phone, laptop = await hub.register(), await hub.sign_in()
    await sign_out(await ask(hub, phone.access_token), hub.services)
    with pytest.raises(SessionEnded):
        await ask(hub, phone.access_token)
    await ask(hub, laptop.access_token)
    await sign_out(phone.actor("c"), hub.services)
    await sign_out_by_refresh_token(laptop.refresh_token, caller(), hub.services)
    with pytest.raises(SessionEnded):
        await ask(hub, laptop.access_token)
    await sign_out_by_refresh_token("nonsense", caller(), hub.services)
    await sign_out_by_refresh_token("A" * 43, caller(), hub.services)


async def test_sign_out_everywhere_kills_every_session_of_one_person(hub: Hub) -> None:
    ann = [await hub.register(), await hub.sign_in(), await hub.sign_in()]
    bob = await hub.register("bob@example.org")
    assert await sign_out_everywhere(ann[0].actor("c"), hub.services) == 3
    for signed_in in ann:
        with pytest.raises(SessionEnded):
            await ask(hub, signed_in.access_token)
    await ask(hub, bob.access_token)


async def test_sessions_are_listed_and_ended_only_by_their_owner(hub: Hub) -> None:
    phone = await hub.register()
    hub.clock.advance(60)
    laptop = await hub.sign_in()
    bob = await hub.register("bob@example.org")
    listed = await list_sessions(phone.actor("c"), hub.services)
    assert [one.session_id for one in listed] == [
        laptop.session.session_id,
        phone.session.session_id,
    ]
    for session_id in (bob.session.session_id, 1, 0):
        with pytest.raises(SessionNotFound):
            await end_session(phone.actor("c"), session_id, hub.services)
    await end_session(phone.actor("c"), laptop.session.session_id, hub.services)
    with pytest.raises(SessionNotFound):
        await end_session(phone.actor("c"), laptop.session.session_id, hub.services)
    with pytest.raises(SessionEnded):
        await ask(hub, laptop.access_token)
    await ask(hub, bob.access_token)
    assert len(await list_sessions(phone.actor("c"), hub.services)) == 1


def wish(
    current: str = PASSWORD, new: str = NEW_PASSWORD, confirm: str | None = None
) -> ChangePassword:
    return ChangePassword(
        current_password=current, new_password=new, confirm_password=confirm or new
    )


async def test_change_password_voids_every_token_of_before(hub: Hub) -> None:
    phone, laptop = await hub.register(), await hub.sign_in()
    with logged() as lines:
        changed = await change_password(phone.actor("c"), wish(), caller(), hub.services)
    for signed_in in (phone, laptop):
        with pytest.raises(SessionEnded):
            await ask(hub, signed_in.access_token)
    assert (await ask(hub, changed.access_token)).user_id == phone.user.user_id
    assert changed.session.session_id != phone.session.session_id
    assert NEW_PASSWORD not in "\n".join(lines.texts) + repr(lines.records)
    with pytest.raises(SignInFailed):
        await hub.sign_in()
    await hub.sign_in(password=NEW_PASSWORD)
    [(payload,)] = await hub.rows("SELECT payload FROM events WHERE type = 'PasswordChanged'")
    assert payload == '{"epoch":2}'


@pytest.mark.parametrize(
    ("refused", "field", "code"),
    [
        (wish(current="six grey geese"), "currentPassword", "current_password_wrong"),
        (wish(new="short"), "newPassword", "password_too_short"),
        (wish(confirm="ten orange lemurs"), "confirmPassword", "passwords_differ"),
    ],
)
async def test_change_password_changes_nothing_when_it_is_refused(
    hub: Hub, refused: ChangePassword, field: str, code: str
) -> None:
    signed_in = await hub.register()
    with pytest.raises(Problem) as caught:
        await change_password(signed_in.actor("c"), refused, caller(), hub.services)
    problem = getattr(caught.value, "problems", (caught.value,))[0]
    assert (problem.field, problem.code) == (field, code)
    await ask(hub, signed_in.access_token)
    await hub.sign_in()


async def test_change_password_is_throttled_when_the_current_one_is_guessed(hub: Hub) -> None:
    signed_in = await hub.register()
    for _ in range(5):
        with pytest.raises(CurrentPasswordWrong):
            await change_password(signed_in.actor("c"), wish("x"), caller(), hub.services)
    with pytest.raises(Problem) as caught:
        await change_password(signed_in.actor("c"), wish(), caller(), hub.services)
    assert caught.value.code == "too_many_attempts"
