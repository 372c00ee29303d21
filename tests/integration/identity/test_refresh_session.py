"""Refresh tokens are good once; a lost answer is given again, a stolen token ends the session."""

from __future__ import annotations

import asyncio

import pytest

from pfh.core.errors import Problem
from pfh.features.identity.api import (
    SignedIn,
    authenticate,
    end_all_sessions,
    refresh_session,
    sign_out,
)
from pfh.features.identity.audit_log import account_hash
from pfh.features.identity.errors import (
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionEnded,
)
from pfh.features.identity.keys import token_keys
from tests.integration.identity.hub import Hub, caller, logged


async def refresh(hub: Hub, token: str) -> SignedIn:
    return await refresh_session(token, caller("198.51.100.9", "Tests/2.0"), hub.services)


async def is_alive(hub: Hub, signed_in: SignedIn) -> bool:
    try:
        await authenticate(signed_in.access_token, hub.services, caller())
    except SessionEnded:
        return False
    return True


async def test_refresh_gives_another_pair_for_the_same_session(hub: Hub) -> None:
    first = await hub.register()
    hub.clock.advance(600)
    second = await refresh(hub, first.refresh_token)
    assert second.session.session_id == first.session.session_id
    assert second.refresh_token != first.refresh_token
    assert second.access_token != first.access_token
    assert second.refresh_seconds == first.refresh_seconds - 600
    assert await is_alive(hub, second)
    assert await hub.rows("SELECT address, user_agent, last_seen_at FROM sessions") == [
        ("198.51.100.9", "Tests/2.0", hub.clock.now())
    ]


async def test_refresh_gives_the_same_successor_when_the_answer_was_lost(hub: Hub) -> None:
    first = await hub.register()
    second = await refresh(hub, first.refresh_token)
    hub.clock.advance(9.9)
    again = await refresh(hub, first.refresh_token)
    assert again.refresh_token == second.refresh_token
    assert await is_alive(hub, again)


async def test_refresh_gives_one_successor_when_ten_tabs_ask_at_once(hub: Hub) -> None:
    first = await hub.register()
    answers = await asyncio.gather(*(refresh(hub, first.refresh_token) for _ in range(10)))
    assert len({answer.refresh_token for answer in answers}) == 1
    assert await hub.rows("SELECT COUNT(*) FROM refresh_tokens WHERE used_at IS NULL") == [(1,)]
    hub.clock.advance(900)
    assert await is_alive(hub, await refresh(hub, answers[0].refresh_token))


async def test_refresh_follows_to_the_live_end_when_the_successor_was_used_too(hub: Hub) -> None:
    first = await hub.register()
    second = await refresh(hub, first.refresh_token)
    third = await refresh(hub, second.refresh_token)
    late = await refresh(hub, first.refresh_token)
    assert late.refresh_token == third.refresh_token
    hub.clock.advance(900)
    assert await is_alive(hub, await refresh(hub, late.refresh_token))


async def test_refresh_ends_the_session_when_a_stolen_token_is_used(hub: Hub) -> None:
    owner = await hub.register()
    stolen = owner.refresh_token
    first_user = await refresh(hub, stolen)
    hub.clock.advance(10)
    with logged() as lines, pytest.raises(RefreshTokenReused):
        await refresh(hub, stolen)
    [line] = lines.fields("AUTH_REUSE_DETECTED")
    assert line["session_id"] == str(owner.session.session_id)
    assert line["peer"] == "198.51.100.9"
    assert line["user_agent"] == "Tests/2.0"
    assert line["reason"] == "refresh_reused"
    assert line["account"] == account_hash(token_keys(hub.services.token_key), "ann@example.org")
    assert not any(stolen in text for text in lines.texts)
    # Whichever of the two was first: nobody holds anything that works.
    for holder in (owner, first_user):
        assert not await is_alive(hub, holder)
        with pytest.raises(RefreshTokenInvalid):
            await refresh(hub, holder.refresh_token)
    assert len(lines.fields("AUTH_REUSE_DETECTED")) == 1
    await hub.sign_in()


async def test_reuse_leaves_other_sessions_of_the_person_alone(hub: Hub) -> None:
    phone = await hub.register()
    laptop = await hub.sign_in()
    await refresh(hub, phone.refresh_token)
    hub.clock.advance(60)
    with pytest.raises(RefreshTokenReused):
        await refresh(hub, phone.refresh_token)
    assert await is_alive(hub, laptop)
    await refresh(hub, laptop.refresh_token)


async def test_one_family_survives_when_owner_and_thief_race_late(hub: Hub) -> None:
    owner = await hub.register()
    second = await refresh(hub, owner.refresh_token)
    hub.clock.advance(60)
    outcomes = await asyncio.gather(
        refresh(hub, owner.refresh_token),
        refresh(hub, second.refresh_token),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], RefreshTokenReused | RefreshTokenInvalid)
    # The right token may have been exchanged just before, but nothing of the family lives on.
    for holder in (second, *(one for one in outcomes if isinstance(one, SignedIn))):
        assert not await is_alive(hub, holder)
        with pytest.raises(Problem):
            await refresh(hub, holder.refresh_token)


@pytest.mark.parametrize("kind", ["empty", "short", "odd", "unknown", "access", "accented"])
async def test_refresh_refuses_when_the_token_is_none_of_ours(hub: Hub, kind: str) -> None:
    signed_in = await hub.register()
    text = {
        "empty": "",
        "short": signed_in.refresh_token[:-1],
        "odd": signed_in.refresh_token[:-1] + "!",
        "unknown": "A" * 43,
        "access": signed_in.access_token,
        "accented": "é" * 43,
    }[kind]
    with pytest.raises(RefreshTokenInvalid):
        await refresh(hub, text)
    assert await is_alive(hub, signed_in)


async def test_refresh_refuses_when_the_session_fell_idle(hub: Hub) -> None:
    first = await hub.register()
    hub.clock.advance(14 * 86_400)
    with logged() as lines, pytest.raises(RefreshTokenInvalid):
        await refresh(hub, first.refresh_token)
    assert [line["reason"] for line in lines.fields("AUTH_FAILED")] == ["refresh_idle"]
    assert not (await hub.rows("SELECT 1 FROM sessions WHERE revoked_at IS NULL"))


async def test_refresh_ends_after_ninety_days_however_busy_the_session_was(hub: Hub) -> None:
    signed_in = await hub.register()
    for _ in range(7):
        hub.clock.advance(12 * 86_400)
        signed_in = await refresh(hub, signed_in.refresh_token)
    hub.clock.advance(6 * 86_400)
    with pytest.raises(RefreshTokenInvalid):
        await refresh(hub, signed_in.refresh_token)
    # Tokens that were used up longer ago than any lives were dropped on the way.
    assert (await hub.rows("SELECT COUNT(*) FROM refresh_tokens"))[0][0] <= 4


@pytest.mark.parametrize("how", ["sign_out", "everywhere"])
async def test_refresh_refuses_when_the_session_was_signed_out(hub: Hub, how: str) -> None:
    signed_in = await hub.register()
    if how == "sign_out":
        await sign_out(signed_in.actor("c"), hub.services)
    else:
        await end_all_sessions(signed_in.user.user_id, hub.services)
    with logged() as lines, pytest.raises(RefreshTokenInvalid):
        await refresh(hub, signed_in.refresh_token)
    assert [line["reason"] for line in lines.fields("AUTH_FAILED")] == ["session_ended"]
    assert lines.fields("AUTH_REUSE_DETECTED") == []


async def test_refresh_and_sign_out_at_once_leave_no_live_session(hub: Hub) -> None:
    for _ in range(5):
        signed_in = await hub.sign_in() if await hub.rows("SELECT 1 FROM users") else None
        signed_in = signed_in or await hub.register()
        renewed, _ = await asyncio.gather(
            refresh(hub, signed_in.refresh_token),
            sign_out(signed_in.actor("c"), hub.services),
            return_exceptions=True,
        )
        assert not await is_alive(hub, signed_in)
        if isinstance(renewed, SignedIn):
            assert not await is_alive(hub, renewed)
            with pytest.raises(RefreshTokenInvalid):
                await refresh(hub, renewed.refresh_token)
