"""Changing one's own name or e-mail address; the address only with the password (ASVS 7.5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pfh.core.errors import Problem
from pfh.features.identity.client import Client
from pfh.features.identity.confirm_password import confirm_password
from pfh.features.identity.current_user import Person, current_user, person_in
from pfh.features.identity.errors import LanguageUnknown
from pfh.features.identity.events import profile_changed
from pfh.features.identity.letters import email_changed_letter, verification_letter
from pfh.features.identity.recovery.post_code import post_code
from pfh.features.identity.register_user import email_taken
from pfh.features.identity.registration_rules import (
    email_key,
    name_problems,
    normalised_email,
    raise_found,
)
from pfh.features.identity.store import UserRecord, update_profile
from pfh.features.mail.api import LANGUAGES, hint_letter, post_letter
from pfh.persistence.event_store import Origin, append, lock_household
from pfh.ports.actor import Actor
from pfh.ports.database import Connection, UniqueViolation
from pfh.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProfile:
    """The wish; None leaves a field as it is. Another e-mail needs the current password."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    language: str | None = None
    current_password: str = field(default="", repr=False)


async def change_profile(
    actor: Actor, wish: ChangeProfile, client: Client, services: Services
) -> Person:
    """Store the changes and return the person; a wish that changes nothing writes no event.

    Raises:
        Problems: a field does not hold what it may hold.
        CurrentPasswordWrong, TooManyAttempts, SignInBusy: the e-mail changes, see
            `confirm_password`.
        EmailTaken: somebody else has the address.
    """
    before = await current_user(actor, services)
    wished = _changed(before.user, wish)
    if wished.email != before.user.email:
        await confirm_password(before.user, wish.current_password, client, services)
    event_id = services.identifiers.next()
    mail_ids = (services.identifiers.next(), services.identifiers.next())
    origin = Origin(actor.user_id, actor.correlation_id, services.clock.now())

    async def unit(connection: Connection) -> Person:
        # Two changes at once must not write each other's old values back.
        await lock_household(connection, actor.household_id)
        person = await person_in(connection, actor)
        after = _changed(person.user, wish)
        fields = _changed_fields(person.user, after)
        if fields:
            await update_profile(connection, after)
            draft = profile_changed(event_id, actor.user_id, fields)
            await append(connection, actor.household_id, origin, (draft,))
        if "email" in fields:
            await _post_letters(connection, person.user, after, mail_ids, origin, services)
        return replace(person, user=after)

    try:
        person = await services.database.write(unit)
    except UniqueViolation as error:
        raise email_taken() from error
    hint_letter(services)
    return person


async def _post_letters(  # noqa: PLR0913 -- the parts of one unit of work
    connection: Connection,
    before: UserRecord,
    after: UserRecord,
    mail_ids: tuple[int, int],
    origin: Origin,
    services: Services,
) -> None:
    """Ask the new address whether it is theirs, and tell the old one."""
    now, correlation_id = origin.occurred_at, origin.correlation_id
    asking = verification_letter(mail_ids[0], after, correlation_id)
    await post_code(connection, asking, after.email_key, services.token_key, now=now)
    telling = email_changed_letter(mail_ids[1], before, correlation_id)
    await post_letter(connection, telling, now=now)


def _changed(user: UserRecord, wish: ChangeProfile) -> UserRecord:
    problems: list[Problem] = []
    email = user.email
    if wish.email is not None:
        try:
            email = normalised_email(wish.email)
        except Problem as problem:
            problems.append(problem)
    first_name = user.first_name if wish.first_name is None else wish.first_name.strip()
    last_name = user.last_name if wish.last_name is None else wish.last_name.strip()
    problems += name_problems(first_name, last_name)
    language = wish.language or user.language
    if wish.language is not None and wish.language not in LANGUAGES:
        problems.append(
            LanguageUnknown(
                f"There are no letters in {wish.language[:20]!r}.",
                field="language",
                fix=f"Take one of {', '.join(LANGUAGES)}.",
            )
        )
    raise_found(problems)
    return replace(
        user,
        email=email,
        email_key=email_key(email),
        first_name=first_name,
        last_name=last_name,
        email_verified_at=user.email_verified_at if email == user.email else None,
        language=language,
    )


def _changed_fields(before: UserRecord, after: UserRecord) -> tuple[str, ...]:
    pairs = (
        ("email", before.email, after.email),
        ("firstName", before.first_name, after.first_name),
        ("lastName", before.last_name, after.last_name),
        ("language", before.language, after.language),
    )
    return tuple(name for name, old, new in pairs if old != new)
