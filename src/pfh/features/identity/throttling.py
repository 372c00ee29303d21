"""How often passwords may be tried and people signed up: the figures of docs/reference/identity.md.

Each scope has tiers of growing length, so that the wait grows by leaps: a person who mistypes waits
seconds, a program waits an hour. The strict tiers belong to an account *seen from one address*, so
that a stranger who guesses cannot lock the owner out; the account alone has a wider one, below the
100 failures an hour that ASVS allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pfh.features.identity.audit_log import auth_locked
from pfh.features.identity.client import Client
from pfh.features.identity.errors import TooManyAttempts
from pfh.ports.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Tier:
    """At most `limit` attempts in any `window_seconds`."""

    limit: int
    window_seconds: int


SIGN_IN_PAIR: Final = (Tier(5, 60), Tier(10, 600), Tier(20, 3600))
SIGN_IN_ACCOUNT: Final = (Tier(50, 3600),)
SIGN_IN_ADDRESS: Final = (Tier(60, 60), Tier(300, 3600))
SIGN_UP_ADDRESS: Final = (Tier(30, 60), Tier(120, 3600))

RESET_ACCOUNT: Final = (Tier(3, 900), Tier(10, 86_400))
RESET_ADDRESS: Final = (Tier(10, 900), Tier(50, 86_400))
CODE_ADDRESS: Final = (Tier(20, 60), Tier(100, 3600))
VERIFY_ACCOUNT: Final = (Tier(3, 900), Tier(10, 86_400))
# What a log says of somebody who holds a code and has not said who they are.
_SOMEBODY: Final = "unknown"

Scopes = tuple[tuple[str, str, tuple[Tier, ...]], ...]


async def admit_password_attempt(throttle: Throttle, client: Client, account: str) -> None:
    """Count an attempt on an account before its password is looked at.

    Counting first means that a thousand attempts at once are no way around the limit.

    Raises:
        TooManyAttempts: with the seconds to wait; logged as AUTH_LOCKED.
    """
    await _admit(throttle, client, account, _password_scopes(client, account))


async def forgive(throttle: Throttle, client: Client, account: str) -> None:
    """Forget the attempts on an account after a right password; those of the address stay."""
    for name, subject, tiers in _password_scopes(client, account):
        if name != "sign_in_address":
            for tier in tiers:
                await throttle.clear(_key(name, subject, tier))


async def admit_sign_up(throttle: Throttle, client: Client, account: str) -> None:
    """Count an attempt to sign up; as `admit_password_attempt`."""
    if client.network is not None:
        scopes = (("sign_up_address", client.network, SIGN_UP_ADDRESS),)
        await _admit(throttle, client, account, scopes)


async def admit_reset_request(throttle: Throttle, client: Client, account: str) -> None:
    """Count a wish for a new password; by what was typed, so that a refusal tells nothing."""
    scopes: Scopes = (("reset_account", account, RESET_ACCOUNT),)
    if client.network is not None:
        scopes = (("reset_address", client.network, RESET_ADDRESS), *scopes)
    await _admit(throttle, client, account, scopes)


async def admit_code(throttle: Throttle, client: Client) -> None:
    """Count an attempt with the code of a letter; as `admit_password_attempt`."""
    if client.network is not None:
        scopes = (("code_address", client.network, CODE_ADDRESS),)
        await _admit(throttle, client, _SOMEBODY, scopes)


async def admit_verification(throttle: Throttle, client: Client, user_id: int) -> None:
    """Count a wish for another letter that proves an address."""
    scopes = (("verify_account", str(user_id), VERIFY_ACCOUNT),)
    await _admit(throttle, client, _SOMEBODY, scopes)


def _password_scopes(client: Client, account: str) -> Scopes:
    if client.network is None:
        return ()
    return (
        ("sign_in_address", client.network, SIGN_IN_ADDRESS),
        ("sign_in_pair", f"{account}@{client.network}", SIGN_IN_PAIR),
        ("sign_in_account", account, SIGN_IN_ACCOUNT),
    )


async def _admit(throttle: Throttle, client: Client, account: str, scopes: Scopes) -> None:
    for name, subject, tiers in scopes:
        for tier in tiers:
            seconds = await throttle.hit(
                _key(name, subject, tier), limit=tier.limit, window_seconds=tier.window_seconds
            )
            if seconds > 0:
                auth_locked(client, scope=name, retry_after_seconds=seconds, account=account)
                raise TooManyAttempts(
                    f"There were too many attempts; the next one is possible in {seconds} s.",
                    fix=f"Wait {seconds} seconds and try again.",
                    extra={"retryAfterSeconds": seconds},
                )


def _key(name: str, subject: str, tier: Tier) -> str:
    return f"{name}:{subject}:{tier.window_seconds}"
