"""Putting a letter into the outbox: in the transaction of the change that it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from pfh.features.mail.letters import DEFAULT_LANGUAGE, greeting_name
from pfh.features.mail.store import MailRecord, insert_mail
from pfh.ports.database import Connection
from pfh.ports.services import Services

SIGNAL: Final = "mail"
_MICROSECONDS: Final = 1_000_000
_encoder: Final = msgspec.json.Encoder()


class LetterContent(msgspec.Struct, frozen=True, rename="camel"):
    """The values of a letter: never a code, which is computed when the letter is rendered.

    `path` is the page that the link opens; with `hasCode` the code follows after a `#`, where no
    server logs it and no page passes it on.
    """

    name: str = ""
    path: str = "/"
    has_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter to somebody, or to nobody: then it takes as long, and is never sent.

    `mail_id` is drawn before the unit of work, which may run twice. `useful_seconds` is how long
    the letter makes sense; after that it is not sent any more.
    """

    mail_id: int
    kind: str
    recipient: str | None
    user_id: int | None = None
    language: str | None = None
    name: str = ""
    path: str = "/"
    has_code: bool = False
    useful_seconds: int | None = None
    correlation_id: str = ""


async def post_letter(connection: Connection, letter: Letter, *, now: int) -> None:
    """Put a letter into the outbox, in the caller's unit of work."""
    content = LetterContent(greeting_name(letter.name), letter.path, letter.has_code)
    seconds = letter.useful_seconds
    await insert_mail(
        connection,
        MailRecord(
            mail_id=letter.mail_id,
            user_id=letter.user_id,
            kind=letter.kind,
            language=letter.language or DEFAULT_LANGUAGE,
            recipient=letter.recipient or "",
            content=_encoder.encode(content).decode(),
            correlation_id=letter.correlation_id,
            state="void" if letter.recipient is None else "due",
            attempts=0,
            created_at=now,
            due_at=now,
            useful_until=None if seconds is None else now + seconds * _MICROSECONDS,
            ended_at=None,
            last_error=None,
        ),
    )


def hint_letter(services: Services) -> None:
    """Wake the sender after the commit; without it the letter leaves some seconds later."""
    services.signals.give(SIGNAL)
