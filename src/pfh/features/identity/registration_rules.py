"""What an e-mail address, a password and a name must be, told all at once.

Passwords follow ASVS 5.0 §6.2 and NIST SP 800-63B: length, a list of common ones and the person's
own address; no rules of composition, nothing trimmed, nothing folded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pfh.core.errors import Problem, Problems
from pfh.core.text import line_problem
from pfh.features.identity.errors import (
    EmailInvalid,
    FirstNameMissing,
    PasswordIsEmail,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
)
from pfh.features.identity.passwords import common_passwords

PASSWORD_LENGTH_MIN: Final = 8
PASSWORD_LENGTH_MAX: Final = 256
NAME_LENGTH_MAX: Final = 100
EMAIL_LENGTH_MAX: Final = 254


def normalised_email(text: str, *, field: str = "email") -> str:
    """Return the address in the one spelling that is stored: trimmed, NFC, domain in lower case.

    No name server is asked. Raises EmailInvalid with the reason.
    """
    # Loaded at the first use: it costs 40 ms of the start.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    trimmed = text.strip()
    if len(trimmed) > EMAIL_LENGTH_MAX:
        raise EmailInvalid(
            f"The e-mail address has {len(trimmed)} characters; at most {EMAIL_LENGTH_MAX} exist.",
            field=field,
            fix="Write an address like name@example.org.",
        )
    try:
        # A family's own network may well live under .local or .test, so those are not refused.
        found = validate_email(trimmed, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise EmailInvalid(
            f"This is not an e-mail address: {error}",
            field=field,
            fix="Write an address like name@example.org.",
        ) from error
    if "." not in found.ascii_domain:
        raise EmailInvalid(
            f"The part after the @ has no dot: {found.domain}",
            field=field,
            fix="Write an address like name@example.org.",
        )
    return found.normalized


def email_key(email: str) -> str:
    """Return what makes two spellings one person: the normalised address, case-folded."""
    return email.casefold()


def lookup_key(email: str) -> str:
    """Return the key of an address as typed, also of a text that is none: nobody has that one."""
    try:
        return email_key(normalised_email(email))
    except EmailInvalid:
        # The rest of the work is done all the same. ASCII, because neither database takes every
        # text that JSON can carry.
        return ascii(email_key(email.strip()))[:EMAIL_LENGTH_MAX]


def password_problem(password: str, email: str, *, field: str = "password") -> Problem | None:
    """Judge a new password of the person with this address; None when it may be used."""
    length = len(password)
    if length < PASSWORD_LENGTH_MIN:
        return PasswordTooShort(
            f"The password has {length} characters; it needs at least {PASSWORD_LENGTH_MIN}.",
            field=field,
            fix="Take a longer one; several words with spaces are fine.",
        )
    if length > PASSWORD_LENGTH_MAX:
        return PasswordTooLong(
            f"The password has {length} characters; at most {PASSWORD_LENGTH_MAX} are taken.",
            field=field,
            fix=f"Shorten it to {PASSWORD_LENGTH_MAX} characters.",
        )
    folded, address = password.casefold(), email.strip().casefold()
    if folded in {address, address.partition("@")[0]}:
        return PasswordIsEmail(
            "The password is your own e-mail address.",
            field=field,
            fix="Take one that nobody can guess from who you are.",
        )
    if folded in common_passwords() or len(set(folded)) == 1:
        return PasswordTooCommon(
            "This password is one of those that attackers try first.",
            field=field,
            fix="Take another one, or put several unrelated words together.",
        )
    return None


def name_problems(first_name: str, last_name: str) -> list[Problem]:
    """Judge the trimmed names: a first name is needed, a last name is not; 100 characters each."""
    problems: list[Problem | None] = [
        line_problem(first_name, field="firstName", length_max=NAME_LENGTH_MAX),
        line_problem(last_name, field="lastName", length_max=NAME_LENGTH_MAX),
    ]
    if not first_name:
        problems.append(
            FirstNameMissing(
                "The first name is empty.",
                field="firstName",
                fix="Write what the hub should call you.",
            )
        )
    return [problem for problem in problems if problem is not None]


def raise_found(problems: Iterable[Problem | None]) -> None:
    """Raise what was found: one problem itself, several together, none not at all."""
    found = [problem for problem in problems if problem is not None]
    if len(found) == 1:
        raise found[0]
    if found:
        raise Problems(found)
