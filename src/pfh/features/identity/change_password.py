"""Changing the password: every session ends, and the present device gets a new one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pfh.core.errors import Problem
from pfh.features.identity.audit_log import auth_ended, auth_ok
from pfh.features.identity.client import Client
from pfh.features.identity.confirm_password import confirm_password
from pfh.features.identity.current_user import Person, current_user, session_ended
from pfh.features.identity.errors import PasswordsDiffer
from pfh.features.identity.events import password_changed
from pfh.features.identity.letters import password_changed_letter
from pfh.features.identity.open_session import (
    SignedIn,
    let_in,
    prepare_session,
    store_session,
)
from pfh.features.identity.passwords import hash_password
from pfh.features.identity.registration_rules import password_problem, raise_found
from pfh.features.identity.session_store import revoke_sessions
from pfh.features.identity.store import update_password
from pfh.features.mail.api import hint_letter, post_letter
from pfh.persistence.event_store import Origin, append, lock_household
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """The wish, as typed."""

    current_password: str = field(repr=False)
    new_password: str = field(repr=False)
    confirm_password: str = field(repr=False)


async def change_password(
    actor: Actor, wish: ChangePassword, client: Client, services: Services
) -> SignedIn:
    """Store the new password, void every token of before and sign the present device in again.

    Raises:
        Problems: the new password cannot be used, or was confirmed differently.
        CurrentPasswordWrong, TooManyAttempts, SignInBusy: see `confirm_password`.
        SessionEnded: the password was changed at the same moment elsewhere.
    """
    person = await current_user(actor, services)
    check_new_password(wish.new_password, wish.confirm_password, person.user.email)
    await confirm_password(person.user, wish.current_password, client, services)
    new_hash = await hash_password(wish.new_password)
    epoch, household_seq = await _store(actor, person, new_hash, services)
    hint_letter(services)
    await services.sessions.revoke_user(actor.user_id)
    auth_ended(actor.correlation_id, user_id=actor.user_id, scope="change_password")
    opening = prepare_session(
        services, client, user_id=actor.user_id, household_id=actor.household_id
    )
    # Not in the unit of the change: `revoke_user` ends every session that exists when it runs. Who
    # loses power in between signs in with the new password.
    await services.database.write(lambda connection: store_session(connection, opening))
    user = replace(person.user, password_hash=new_hash, epoch=epoch)
    signed_in = await let_in(
        services, user, person.membership, opening, household_seq=household_seq
    )
    auth_ok(
        client,
        method="change_password",
        user_id=user.user_id,
        session_id=opening.session.session_id,
    )
    return signed_in


def check_new_password(new_password: str, confirm_password: str, email: str) -> None:
    """Raise the problems of a new password of the person with this address."""
    problems: list[Problem | None] = [password_problem(new_password, email, field="newPassword")]
    if new_password != confirm_password:
        problems.append(
            PasswordsDiffer(
                "The two new passwords differ.", field="confirmPassword", fix="Type both again."
            )
        )
    raise_found(problems)


async def _store(
    actor: Actor, person: Person, new_hash: str, services: Services
) -> tuple[int, int]:
    now, event_id = services.clock.now(), services.identifiers.next()
    letter = password_changed_letter(services.identifiers.next(), person.user, actor.correlation_id)
    origin = Origin(actor.user_id, actor.correlation_id, now)

    async def unit(connection: Connection) -> tuple[int, int]:
        await lock_household(connection, actor.household_id)
        epoch = await update_password(
            connection,
            actor.user_id,
            old_hash=person.user.password_hash,
            new_hash=new_hash,
        )
        if epoch is None:
            raise session_ended()
        await revoke_sessions(connection, actor.user_id, now=now)
        await post_letter(connection, letter, now=now)
        draft = password_changed(event_id, actor.user_id, epoch)
        return epoch, await append(connection, actor.household_id, origin, (draft,))

    return await services.database.write(unit)
