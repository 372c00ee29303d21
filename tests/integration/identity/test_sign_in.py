"""Signing in: the same answer and the same work for everybody who fails, and a short queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import argon2
import pytest

from pfh.features.identity import passwords
from pfh.features.identity.api import (
    AccountDisabled,
    SignInFailed,
    TooManyAttempts,
    authenticate,
)
from pfh.features.identity.throttling import SIGN_IN_ACCOUNT, SIGN_IN_ADDRESS, SIGN_IN_PAIR
from pfh.ports.database import Connection
from tests.integration.identity.hub import PASSWORD, Hub, caller, logged


@pytest.fixture
def computations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of argon2 computations from here on."""
    counted: list[str] = []
    real = passwords._hasher()

    def counting(name: str) -> Callable[..., object]:
        original = getattr(real, name)

        def wrapper(*arguments: str | bytes) -> object:
            counted.append(name)
            return original(*arguments)

        return wrapper

    class Counting:
        verify = staticmethod(counting("verify"))
        hash = staticmethod(counting("hash"))
        check_needs_rehash = staticmethod(real.check_needs_rehash)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    return counted


async def change(hub: Hub, sql: str, *arguments: int | str) -> None:
    async def unit(connection: Connection) -> None:
        await connection.execute(sql, *arguments)

    await hub.services.database.write(unit)


async def test_sign_in_opens_a_new_session_when_the_password_is_right(hub: Hub) -> None:
    first = await hub.register()
    with logged() as lines:
        second = await hub.sign_in(" ANN@example.org ", client=caller(user_agent="Fox\x00\r\n/2"))
    assert second.session.session_id != first.session.session_id
    assert second.refresh_token != first.refresh_token
    assert second.session.user_agent == "Fox/2"
    for signed_in in (first, second):
        actor = await authenticate(signed_in.access_token, hub.services, caller())
        assert actor.user_id == first.user.user_id
    [fields] = lines.fields("AUTH_OK")
    assert (fields["method"], fields["peer"], len(lines.texts)) == ("password", "203.0.113.7", 1)


@pytest.mark.parametrize(
    ("email", "password", "reason"),
    [
        ("ann@example.org", "six grey geese", "wrong_password"),
        ("ann@example.org", PASSWORD.upper(), "wrong_password"),
        ("ann@example.org", "x" * 100_000, "wrong_password"),
        ("ann@example.org", "\ud800", "wrong_password"),
        ("bob@example.org", PASSWORD, "unknown_account"),
        ("no address at all", PASSWORD, "unknown_account"),
        ("\ud800@example.org", PASSWORD, "unknown_account"),
    ],
)
async def test_sign_in_fails_the_same_way_whatever_is_wrong(
    hub: Hub, computations: list[str], email: str, password: str, reason: str
) -> None:
    await hub.register()
    computations.clear()
    with logged() as lines, pytest.raises(SignInFailed) as caught:
        await hub.sign_in(email, password)
    assert computations == ["verify"]
    assert str(caught.value) == "The e-mail address or the password is wrong."
    assert (caught.value.field, caught.value.extra) == (None, {})
    [fields] = lines.fields("AUTH_FAILED")
    assert (fields["reason"], fields["peer"]) == (reason, "203.0.113.7")
    assert len(lines.texts) == 1
    assert "\n" not in lines.texts[0]
    assert not any(word in lines.texts[0] + repr(lines.records) for word in (password, email))


async def test_failures_carry_one_account_hash_when_only_the_spelling_differs(hub: Hub) -> None:
    await hub.register()
    with logged() as lines:
        for email in ("ann@example.org", "ANN@EXAMPLE.ORG", "bob@example.org"):
            with pytest.raises(SignInFailed):
                await hub.sign_in(email, "wrong")
    hashes = [fields["account"] for fields in lines.fields("AUTH_FAILED")]
    assert hashes[0] == hashes[1] != hashes[2]


async def test_sign_in_says_so_when_the_account_is_disabled(hub: Hub) -> None:
    signed_in = await hub.register()
    await change(hub, "UPDATE users SET disabled_at = $1", hub.clock.now())
    with logged() as lines, pytest.raises(AccountDisabled):
        await hub.sign_in()
    with pytest.raises(SignInFailed):
        await hub.sign_in(password="wrong")
    assert [line["reason"] for line in lines.fields("AUTH_FAILED")] == ["account_disabled"]
    assert signed_in.user.disabled_at is None


@pytest.mark.usefixtures("costly_passwords")
async def test_sign_in_hashes_again_when_the_parameters_have_changed(hub: Hub) -> None:
    await hub.register()
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    await change(hub, "UPDATE users SET password_hash = $1", old)
    await hub.sign_in()
    [(stored,)] = await hub.rows("SELECT password_hash FROM users")
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    await hub.sign_in()
    assert await hub.rows("SELECT password_hash FROM users") == [(stored,)]


async def test_sign_in_waits_longer_each_time_when_one_address_keeps_guessing(hub: Hub) -> None:
    await hub.register()
    waits, guesses = [], 0
    with logged() as lines:
        for _ in range(27):
            try:
                await hub.sign_in(password="wrong")
            except SignInFailed:
                guesses += 1
            except TooManyAttempts as problem:
                seconds = int(problem.extra["retryAfterSeconds"])
                waits.append(seconds)
                hub.clock.advance(seconds)
    assert guesses == SIGN_IN_PAIR[-1].limit
    # The short tier speaks first; the sum is what a guesser waits for 20 guesses and the next.
    assert waits == [60, 60, 480, 60, 60, 480, 2400]
    assert len(lines.fields("AUTH_FAILED")) == guesses
    assert [line["reason"] for line in lines.fields("AUTH_LOCKED")] == ["sign_in_pair"] * 7


async def test_sign_in_is_refused_without_hashing_when_the_pair_is_locked(
    hub: Hub, computations: list[str]
) -> None:
    await hub.register()
    for _ in range(5):
        with pytest.raises(SignInFailed):
            await hub.sign_in(password="wrong")
    computations.clear()
    with pytest.raises(TooManyAttempts):
        await hub.sign_in()
    assert computations == []
    # The owner comes from another address and is let in; that forgives the account.
    await hub.sign_in(client=caller("198.51.100.1"))


async def test_sign_in_counts_before_checking_when_guesses_come_at_once(hub: Hub) -> None:
    await hub.register()
    outcomes = await asyncio.gather(
        *(hub.sign_in(password="wrong") for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(outcome, SignInFailed) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 15


async def test_sign_in_locks_the_account_when_a_crowd_of_addresses_guesses(hub: Hub) -> None:
    await hub.register()
    for number in range(SIGN_IN_ACCOUNT[0].limit):
        with pytest.raises(SignInFailed):
            await hub.sign_in(password="wrong", client=caller(f"198.51.100.{number}"))
    with logged() as lines, pytest.raises(TooManyAttempts):
        await hub.sign_in(client=caller("192.0.2.1"))
    assert lines.fields("AUTH_LOCKED")[0]["reason"] == "sign_in_account"


async def test_sign_in_locks_the_home_when_its_ipv6_addresses_change(hub: Hub) -> None:
    for number in range(SIGN_IN_ADDRESS[0].limit):
        with pytest.raises(SignInFailed):
            await hub.sign_in(f"p{number}@example.org", client=caller(f"2001:db8:1:2::{number:x}"))
    with pytest.raises(TooManyAttempts):
        await hub.sign_in("q@example.org", client=caller("2001:db8:1:2:ffff::"))
    with pytest.raises(SignInFailed):
        await hub.sign_in("q@example.org", client=caller("2001:db8:1:3::1"))


async def test_sign_in_forgets_failures_when_it_succeeds(hub: Hub) -> None:
    await hub.register()
    for _ in range(4):
        for _ in range(4):
            with pytest.raises(SignInFailed):
                await hub.sign_in(password="wrong")
        await hub.sign_in()


async def test_sign_in_is_not_throttled_when_there_is_no_address(hub: Hub) -> None:
    await hub.register()
    for _ in range(7):
        with pytest.raises(SignInFailed):
            await hub.sign_in(password="wrong", client=caller(None))


async def test_sign_in_drops_sessions_that_ended_long_ago(hub: Hub) -> None:
    await hub.register()
    hub.clock.advance(15 * 86_400)
    kept = await hub.sign_in()
    assert await hub.rows("SELECT session_id FROM sessions") == [(kept.session.session_id,)]
    assert await hub.rows("SELECT COUNT(*) FROM refresh_tokens") == [(1,)]
