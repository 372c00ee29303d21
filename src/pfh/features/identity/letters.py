"""The letters of identity: which there are, to whom, and for how long they make sense."""

from __future__ import annotations

from typing import Final

from pfh.features.identity.store import UserRecord
from pfh.features.mail.api import Letter

VERIFY_SECONDS: Final = 3 * 86_400
RESET_SECONDS: Final = 30 * 60
VERIFY_PATH: Final = "/verify-email"
RESET_PATH: Final = "/reset-password"
FORGOT_PATH: Final = "/forgot-password"


def verification_letter(mail_id: int, user: UserRecord, correlation_id: str) -> Letter:
    """Ask whether the person's address is theirs; without a name, for it may be a stranger's."""
    return Letter(
        mail_id=mail_id,
        kind="verify_email",
        recipient=user.email,
        user_id=user.user_id,
        language=user.language,
        path=VERIFY_PATH,
        has_code=True,
        useful_seconds=VERIFY_SECONDS,
        correlation_id=correlation_id,
    )


def reset_letter(mail_id: int, user: UserRecord | None, correlation_id: str) -> Letter:
    """Offer a new password; None is nobody, for whom exactly as much is done."""
    return Letter(
        mail_id=mail_id,
        kind="password_reset",
        recipient=None if user is None else user.email,
        user_id=None if user is None else user.user_id,
        language=None if user is None else user.language,
        name="Nobody" if user is None else user.first_name,
        path=RESET_PATH,
        has_code=True,
        useful_seconds=RESET_SECONDS,
        correlation_id=correlation_id,
    )


def password_changed_letter(mail_id: int, user: UserRecord, correlation_id: str) -> Letter:
    """Tell that the password was changed."""
    return _notice(mail_id, "password_changed", user, FORGOT_PATH, correlation_id)


def email_changed_letter(mail_id: int, before: UserRecord, correlation_id: str) -> Letter:
    """Tell the old address that it is no longer the person's."""
    return _notice(mail_id, "email_changed", before, "/signin", correlation_id)


def session_stolen_letter(mail_id: int, user: UserRecord, correlation_id: str) -> Letter:
    """Tell that a refresh token was used twice."""
    return _notice(mail_id, "session_stolen", user, "/signin", correlation_id)


def _notice(mail_id: int, kind: str, user: UserRecord, path: str, correlation_id: str) -> Letter:
    return Letter(
        mail_id=mail_id,
        kind=kind,
        recipient=user.email,
        user_id=user.user_id,
        language=user.language,
        name=user.first_name,
        path=path,
        correlation_id=correlation_id,
    )
