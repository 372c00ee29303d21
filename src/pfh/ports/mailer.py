"""The mail port: one message to one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message with its plain and HTML body; `message_id` makes sending idempotent."""

    message_id: int
    to: str
    subject: str
    text: str
    html: str | None = None


class Mailer(Protocol):
    """Sends messages at least once; a repeated `message_id` is left out where it can tell."""

    async def send(self, message: Message) -> None:
        """Hand the message over; raises `MailerUnavailable` when that may be tried again."""
        ...


class MailerUnavailable(Exception):
    """The message was not handed over; trying again later may help."""
