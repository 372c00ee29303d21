"""The JSON of identity."""

from __future__ import annotations

import msgspec

from pfh.core.instant import instant_text
from pfh.features.households.api import HouseholdAnswer, household_answer
from pfh.features.identity.current_user import Person
from pfh.features.identity.open_session import SignedIn
from pfh.features.identity.session_store import SessionRecord
from pfh.features.identity.store import UserRecord
from pfh.features.mail.api import DEFAULT_LANGUAGE


class _Body(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A request body: unknown fields are mistakes, not noise."""


class RegisterBody(_Body, frozen=True, rename="camel", kw_only=True):
    """Sign-up; `currency` is the base currency of the new household."""

    email: str
    password: str
    confirm_password: str
    first_name: str
    last_name: str
    accept_terms: bool
    currency: str | msgspec.UnsetType = msgspec.UNSET


class LoginBody(_Body, frozen=True, rename="camel", kw_only=True):
    """Sign-in."""

    email: str
    password: str


class ChangePasswordBody(_Body, frozen=True, rename="camel", kw_only=True):
    """Another password; `confirmPassword` repeats the new one."""

    current_password: str
    new_password: str
    confirm_password: str


class CloseAccountBody(_Body, frozen=True, rename="camel", kw_only=True):
    """The password, typed again, since this cannot be taken back."""

    current_password: str


class ChangeProfileBody(_Body, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """What may be changed of oneself; another e-mail needs `currentPassword`.

    `language` is that of letters: en or de.
    """

    first_name: str | msgspec.UnsetType = msgspec.UNSET
    last_name: str | msgspec.UnsetType = msgspec.UNSET
    email: str | msgspec.UnsetType = msgspec.UNSET
    language: str | msgspec.UnsetType = msgspec.UNSET
    current_password: str | msgspec.UnsetType = msgspec.UNSET


class UserAnswer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A person; `role` is user or admin of the installation.

    `emailVerified`: they followed the link of a letter to this address; `language`: of letters.
    """

    id: str
    email: str
    email_verified: bool
    language: str
    first_name: str
    last_name: str
    role: str
    created_at: str


class MeAnswer(UserAnswer, frozen=True, rename="camel", kw_only=True):
    """The person who asks, with the household that they are working in."""

    household: HouseholdAnswer


class SignedInAnswer(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """An access token with its lifetime in seconds; the refresh token is in a cookie."""

    access_token: str
    # No default: it would be left out of the answer.
    token_type: str
    expires_in: int
    user: UserAnswer
    household: HouseholdAnswer
    household_seq: int | None = None


class SessionAnswer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One signed-in device; `current` marks the one that asks."""

    id: str
    current: bool
    user_agent: str
    address: str
    created_at: str
    last_seen_at: str
    expires_at: str


class SessionsAnswer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The live sessions, the one seen last first."""

    items: list[SessionAnswer]


def user_answer(user: UserRecord) -> UserAnswer:
    """Show a person to themselves."""
    return UserAnswer(
        id=str(user.user_id),
        email=user.email,
        email_verified=user.email_verified_at is not None,
        language=user.language or DEFAULT_LANGUAGE,
        first_name=user.first_name,
        last_name=user.last_name,
        role=user.role,
        created_at=instant_text(user.created_at),
    )


def me_answer(person: Person) -> MeAnswer:
    """Show the person who asks."""
    return MeAnswer(
        **msgspec.structs.asdict(user_answer(person.user)),
        household=household_answer(person.membership),
    )


def signed_in_answer(signed_in: SignedIn) -> SignedInAnswer:
    """Show what a program needs after it signed in."""
    return SignedInAnswer(
        access_token=signed_in.access_token,
        token_type="Bearer",  # noqa: S106 -- the name of a scheme
        expires_in=signed_in.access_seconds,
        user=user_answer(signed_in.user),
        household=household_answer(signed_in.membership),
        household_seq=signed_in.household_seq,
    )


def session_answer(session: SessionRecord, *, current_id: int) -> SessionAnswer:
    """Show a session to its owner."""
    return SessionAnswer(
        id=str(session.session_id),
        current=session.session_id == current_id,
        user_agent=session.user_agent,
        address=session.address,
        created_at=instant_text(session.created_at),
        last_seen_at=instant_text(session.last_seen_at),
        expires_at=instant_text(session.expires_at),
    )
