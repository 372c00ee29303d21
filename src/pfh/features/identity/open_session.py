"""Opening a session and making its tokens: what sign-up, sign-in and refresh share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pfh.features.households.api import MembershipRecord
from pfh.features.identity.access_tokens import LIFETIME_SECONDS, AccessClaims, issue_access_token
from pfh.features.identity.client import Client
from pfh.features.identity.keys import token_keys
from pfh.features.identity.refresh_tokens import (
    SESSION_SECONDS,
    hash_of,
    new_refresh_token,
    to_text,
)
from pfh.features.identity.session_store import SessionRecord, insert_session, insert_token
from pfh.features.identity.store import UserRecord
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services
from pfh.ports.sessions import Session

MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person who was just let in, with what their device must keep.

    `refresh_token` goes into a cookie that scripts cannot read; `household_seq` is set when events
    were written. The lifetimes are in seconds.
    """

    user: UserRecord
    membership: MembershipRecord
    session: SessionRecord
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_seconds: int = LIFETIME_SECONDS
    refresh_seconds: int = SESSION_SECONDS
    household_seq: int | None = None

    def actor(self, correlation_id: str) -> Actor:
        """Return the person as the asker of the present request."""
        return Actor(
            user_id=self.user.user_id,
            household_id=self.membership.household.household_id,
            household_role=self.membership.role,
            role=self.user.role,
            session_id=self.session.session_id,
            correlation_id=correlation_id,
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """A session that is about to be stored, with its first refresh token."""

    session: SessionRecord
    refresh_token: bytes = field(repr=False)


def prepare_session(
    services: Services, client: Client, *, user_id: int, household_id: int
) -> Opening:
    """Draw the identifier and the token; a unit of work may run twice, so it does not draw them."""
    now = services.clock.now()
    session = SessionRecord(
        session_id=services.identifiers.next(),
        user_id=user_id,
        household_id=household_id,
        user_agent=client.shown_user_agent,
        address=client.shown_address,
        created_at=now,
        last_seen_at=now,
        expires_at=now + SESSION_SECONDS * MICROSECONDS,
    )
    return Opening(session, new_refresh_token())


async def store_session(connection: Connection, opening: Opening) -> None:
    """Store the session and the hash of its token, in the caller's unit of work."""
    session = opening.session
    await insert_session(connection, session)
    await insert_token(
        connection, hash_of(opening.refresh_token), session.session_id, now=session.created_at
    )


async def let_in(
    services: Services,
    user: UserRecord,
    membership: MembershipRecord,
    opening: Opening,
    *,
    household_seq: int | None = None,
) -> SignedIn:
    """Make the stored session findable and its access token; call it after the commit."""
    session = opening.session
    await services.sessions.remember(
        Session(
            session_id=session.session_id,
            user_id=user.user_id,
            household_id=membership.household.household_id,
            household_role=membership.role,
            role=user.role,
            epoch=user.epoch,
            expires_at=session.expires_at,
        )
    )
    seconds = services.clock.now() // MICROSECONDS
    claims = AccessClaims(
        user_id=user.user_id,
        household_id=membership.household.household_id,
        session_id=session.session_id,
        epoch=user.epoch,
        not_before=seconds,
        expires_at=seconds + LIFETIME_SECONDS,
    )
    return SignedIn(
        user=user,
        membership=membership,
        session=session,
        access_token=issue_access_token(
            token_keys(services.token_key), claims, token_id=services.identifiers.next()
        ),
        refresh_token=to_text(opening.refresh_token),
        refresh_seconds=max(0, session.expires_at // MICROSECONDS - seconds),
        household_seq=household_seq,
    )
