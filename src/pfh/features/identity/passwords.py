"""Hashing and checking passwords with argon2id, two at a time at most.

One hash takes 46 MiB and some 40 ms of a core on purpose, so the hashes run on two threads of their
own: the event loop never waits, memory stays bounded, and a flood of sign-ins meets a short queue.
Parameters: OWASP Password Storage Cheat Sheet (m=46 MiB, t=1, p=1).
"""

from __future__ import annotations

import asyncio
import base64
import lzma
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final, TypeVar

from pfh.features.identity.errors import SignInBusy

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIBIBYTES: Final = 47_104
PASSES: Final = 1
LANES: Final = 1
THREADS: Final = 2
WAITING_MAX: Final = 64
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32

Result = TypeVar("Result")

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="password")
_waiting: set[object] = set()


@cache
def _hasher() -> PasswordHasher:
    # Loaded at the first password, like joserfc at the first token: a start need not wait for it.
    from argon2 import PasswordHasher, Type  # noqa: PLC0415

    return PasswordHasher(
        time_cost=PASSES,
        memory_cost=MEMORY_KIBIBYTES,
        parallelism=LANES,
        hash_len=_HASH_BYTES,
        salt_len=_SALT_BYTES,
        type=Type.ID,
    )


def _unpadded(octets: bytes) -> str:
    return base64.b64encode(octets).rstrip(b"=").decode()


# Nobody's password: checking against it costs what checking a real one costs.
_NOBODY: Final = (
    f"$argon2id$v=19$m={MEMORY_KIBIBYTES},t={PASSES},p={LANES}"
    f"${_unpadded(bytes(_SALT_BYTES))}${_unpadded(bytes(_HASH_BYTES))}"
)


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the password is right, and whether its hash should be made anew."""

    is_right: bool
    is_outdated: bool = False


async def hash_password(password: str) -> str:
    """Return the encoded argon2id hash, with its parameters and its random salt."""
    return await _in_thread(lambda: _hasher().hash(_octets(password)))


async def check_password(encoded: str | None, password: str) -> Checked:
    """Compare a password with a stored hash; None stands for an unknown person.

    Both cases cost exactly one argon2 computation with the present parameters, so that the time
    tells nobody whether a person exists.

    Raises:
        SignInBusy: 64 others are waiting.
    """
    return await _in_thread(lambda: _check(encoded, password))


def _check(encoded: str | None, password: str) -> Checked:
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 -- see above

    try:
        _hasher().verify(encoded or _NOBODY, _octets(password))
    except (VerificationError, InvalidHashError):
        return Checked(is_right=False)
    if encoded is None:
        return Checked(is_right=False)
    return Checked(is_right=True, is_outdated=_hasher().check_needs_rehash(encoded))


def _octets(password: str) -> bytes:
    # Exactly as typed (ASVS 6.2.8): no trimming, no case folding, no Unicode normalisation.
    return password.encode("utf-8", "surrogatepass")


async def _in_thread(work: Callable[[], Result]) -> Result:
    if len(_waiting) >= WAITING_MAX:
        raise SignInBusy(
            "Too many people are signing in at this moment.",
            fix="Try again in a few seconds.",
            extra={"retryAfterSeconds": 3},
        )
    future = asyncio.get_running_loop().run_in_executor(_threads, work)
    _waiting.add(future)
    future.add_done_callback(_waiting.discard)
    return await future


@cache
def common_passwords() -> frozenset[str]:
    """Return 16,293 case-folded passwords of 8 or more characters that attackers try first.

    Source: the lists of Django 5.2 (by Royce Williams) and zxcvbn 4.5 (by Dan Wheeler), merged.
    Loaded at the first use: a hub that signs nobody up does not keep them in memory.
    """
    packed = resources.files("pfh.features.identity").joinpath("common_passwords.txt.xz")
    return frozenset(lzma.decompress(packed.read_bytes()).decode().split("\n"))
