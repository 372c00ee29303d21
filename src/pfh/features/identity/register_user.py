"""Signing up: a person, their household and their first session, in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pfh.core.errors import Problem
from pfh.features.households.api import (
    Founding,
    HouseholdFounder,
    MembershipRecord,
    base_currency,
    found_household,
)
from pfh.features.identity.audit_log import account_hash, auth_ok
from pfh.features.identity.client import Client
from pfh.features.identity.errors import EmailTaken, PasswordsDiffer, TermsNotAccepted
from pfh.features.identity.events import user_registered
from pfh.features.identity.founders import usual_founders
from pfh.features.identity.keys import token_keys
from pfh.features.identity.letters import verification_letter
from pfh.features.identity.open_session import (
    Opening,
    SignedIn,
    let_in,
    prepare_session,
    store_session,
)
from pfh.features.identity.passwords import hash_password
from pfh.features.identity.recovery.post_code import post_code
from pfh.features.identity.registration_rules import (
    email_key,
    name_problems,
    normalised_email,
    password_problem,
    raise_found,
)
from pfh.features.identity.store import (
    UserRecord,
    find_user_by_email,
    insert_user,
    role_of_next_user,
)
from pfh.features.identity.throttling import admit_sign_up
from pfh.features.mail.api import Letter, hint_letter
from pfh.persistence.event_store import Origin, append
from pfh.ports.database import Connection, UniqueViolation
from pfh.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUser:
    """The wish; `currency` is the code that the new household thinks in.

    `is_sample` is a made-up person, to whom nobody writes.
    """

    email: str
    password: str = field(repr=False)
    confirm_password: str = field(repr=False)
    first_name: str
    last_name: str
    accept_terms: bool
    currency: str
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class _Registration:
    user: UserRecord
    founding: Founding
    opening: Opening
    event_ids: tuple[int, int]
    letter: Letter | None
    token_key: bytes = field(repr=False)


async def register_user(
    wish: RegisterUser,
    client: Client,
    services: Services,
    *,
    founders: Sequence[HouseholdFounder] | None = None,
) -> SignedIn:
    """Create the person and everything that they start with, and sign them in.

    Args:
        wish: as typed; names and e-mail are trimmed, the password is taken as it is.
        client: who asks; with an address, sign-ups are throttled.
        services: the ports.
        founders: what other features put into a new household, in the same unit of work; None
            for the usual ones, which make its chart of accounts.

    Raises:
        TooManyAttempts, SignInBusy: later.
        Problems: the fields that need a change; the problem itself when it is one.
        EmailTaken: somebody has signed up with the address.
    """
    checked = _checked(wish)
    key = email_key(checked.email)
    account = account_hash(token_keys(services.token_key), key)
    await admit_sign_up(services.throttle, client, account)
    if await services.database.read(lambda connection: find_user_by_email(connection, key)):
        raise email_taken()
    registration = _prepare(checked, await hash_password(checked.password), client, services)

    called = usual_founders(services) if founders is None else founders

    async def unit(connection: Connection) -> tuple[UserRecord, MembershipRecord, int]:
        return await _store(connection, registration, called)

    try:
        user, membership, household_seq = await services.database.write(unit)
    except UniqueViolation as error:
        if "email_key" in error.constraint:
            raise email_taken() from error
        raise
    hint_letter(services)
    opening = registration.opening
    signed_in = await let_in(services, user, membership, opening, household_seq=household_seq)
    auth_ok(client, method="sign_up", user_id=user.user_id, session_id=opening.session.session_id)
    return signed_in


def _checked(wish: RegisterUser) -> RegisterUser:
    problems: list[Problem | None] = []
    email, first_name, last_name = wish.email, wish.first_name.strip(), wish.last_name.strip()
    try:
        email = normalised_email(wish.email)
    except Problem as problem:
        problems.append(problem)
    problems.append(password_problem(wish.password, email))
    if wish.password != wish.confirm_password:
        problems.append(
            PasswordsDiffer(
                "The two passwords differ.", field="confirmPassword", fix="Type both again."
            )
        )
    problems += name_problems(first_name, last_name)
    if not wish.accept_terms:
        problems.append(
            TermsNotAccepted(
                "The terms of use were not accepted.", field="acceptTerms", fix="Accept them."
            )
        )
    try:
        base_currency(wish.currency)
    except Problem as problem:
        problems.append(problem)
    raise_found(problems)
    return replace(wish, email=email, first_name=first_name, last_name=last_name)


def _prepare(
    wish: RegisterUser, password_hash: str, client: Client, services: Services
) -> _Registration:
    now, identifiers = services.clock.now(), services.identifiers
    user_id, household_id = identifiers.next(), identifiers.next()
    user = UserRecord(
        user_id=user_id,
        email=wish.email,
        email_key=email_key(wish.email),
        password_hash=password_hash,
        first_name=wish.first_name,
        last_name=wish.last_name,
        role="user",
        epoch=1,
        terms_accepted_at=now,
        created_at=now,
        language=client.language,
    )
    founding = Founding(
        household_id=household_id,
        user_id=user_id,
        name=f"{wish.first_name[:80]}’s household",
        base_commodity=wish.currency,
        origin=Origin(user_id, client.correlation_id, now),
    )
    opening = prepare_session(services, client, user_id=user_id, household_id=household_id)
    event_ids = (identifiers.next(), identifiers.next())
    letter = None
    if not wish.is_sample:
        letter = verification_letter(identifiers.next(), user, client.correlation_id)
    return _Registration(user, founding, opening, event_ids, letter, services.token_key)


async def _store(
    connection: Connection, registration: _Registration, founders: Sequence[HouseholdFounder]
) -> tuple[UserRecord, MembershipRecord, int]:
    founding = registration.founding
    user = replace(registration.user, role=await role_of_next_user(connection))
    await insert_user(connection, user)
    user_event_id, household_event_id = registration.event_ids
    membership, founded = await found_household(connection, founding, event_id=household_event_id)
    drafts = (founded, user_registered(user_event_id, user.user_id, user.role))
    await append(connection, founding.household_id, founding.origin, drafts)
    for founder in founders:
        await founder(connection, founding)
    await store_session(connection, registration.opening)
    if registration.letter is not None:
        await post_code(
            connection,
            registration.letter,
            user.email_key,
            registration.token_key,
            now=user.created_at,
        )
    # The founders may have appended events of their own.
    household_seq = await append(connection, founding.household_id, founding.origin, ())
    return user, membership, household_seq


def email_taken() -> EmailTaken:
    """The one problem of an address that somebody has."""
    return EmailTaken(
        "Somebody has already signed up with this e-mail address.",
        field="email",
        fix="Sign in instead, or use another address.",
    )
