"""The events of identity; payloads are JSON of these structs (docs/specs/events.md).

They carry no name, no address and no e-mail: history cannot be rewritten, and a person may ask to
be forgotten.
"""

from __future__ import annotations

import msgspec

from pfh.persistence.event_store import Draft

USER_REGISTERED = "UserRegistered"
PROFILE_CHANGED = "ProfileChanged"
PASSWORD_CHANGED = "PasswordChanged"  # noqa: S105 -- the name of an event

EVENT_TYPES = (USER_REGISTERED, PROFILE_CHANGED, PASSWORD_CHANGED)
VERSION = 1

_encoder = msgspec.json.Encoder()


class UserRegistered(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `UserRegistered`: the role in the installation, user or admin."""

    role: str


class ProfileChanged(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `ProfileChanged`: which fields got another value, never the values."""

    fields: tuple[str, ...]


class PasswordChanged(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `PasswordChanged`: the epoch from which access tokens are good."""

    epoch: int


def user_registered(event_id: int, user_id: int, role: str) -> Draft:
    """A person signed up."""
    return _draft(event_id, USER_REGISTERED, user_id, UserRegistered(role))


def profile_changed(event_id: int, user_id: int, fields: tuple[str, ...]) -> Draft:
    """A person changed their name or e-mail."""
    return _draft(event_id, PROFILE_CHANGED, user_id, ProfileChanged(fields))


def password_changed(event_id: int, user_id: int, epoch: int) -> Draft:
    """A person changed their password; every session before it has ended."""
    return _draft(event_id, PASSWORD_CHANGED, user_id, PasswordChanged(epoch))


def _draft(event_id: int, event_type: str, user_id: int, payload: msgspec.Struct) -> Draft:
    return Draft(event_id, event_type, VERSION, user_id, _encoder.encode(payload).decode())
