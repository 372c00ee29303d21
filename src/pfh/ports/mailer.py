"""The mail port: one message to one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message with its plain and HTML body.

    `message_id` becomes the `Message-ID`, always the same one for the same number, so that whoever
    receives a message twice can tell.
    """

    message_id: int
    to: str
    subject: str
    text: str
    html: str | None = None


class Mailer(Protocol):
    """Sends messages at least once; a repeated `message_id` is left out where it can tell.

    A message counts as sent when the next server has taken it over. Whoever dies between that and
    noting it sends the same message again under the same `Message-ID`.
    """

    @property
    def delivers(self) -> bool:
        """Whether messages leave for the person; False when they only lie in a folder."""
        ...

    async def send(self, message: Message) -> None:
        """Hand the message over.

        Raises:
            MailerUnavailable: trying again later may help.
            MessageRefused: trying again will not help; nothing was sent.
        """
        ...


class MailerUnavailable(Exception):
    """The message was not handed over, or nobody knows; trying again later may help.

    `retry_after_seconds` is how long the server wants to be left alone, if it said so. `was_tried`
    is False when the server was not even asked, because it just failed several times.
    """

    def __init__(
        self, words: str, *, retry_after_seconds: float | None = None, was_tried: bool = True
    ) -> None:
        """Take words without any address or secret in them."""
        super().__init__(words)
        self.retry_after_seconds = retry_after_seconds
        self.was_tried = was_tried


class MessageRefused(Exception):
    """This message will never be taken: a recipient that does not exist, a header in an address."""
