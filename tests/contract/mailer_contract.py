"""What every mailer does with a message, however it travels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from email.message import EmailMessage

import pytest

from pfh.ports.mailer import Mailer, Message, MessageRefused

MESSAGE = Message(
    message_id=383313256917082112,
    to="ana@example.org",
    subject="Übersicht für November 🏦",
    text="Grüße,\nyour hub\n",
    html="<p>Grüße</p>",
)


class MailerContract(ABC):
    """Run by a subclass for each adapter, which provides `mailer` and `received`."""

    @abstractmethod
    @pytest.fixture
    def mailer(self) -> Mailer:
        """Return a mailer whose post arrives at `received`."""

    @abstractmethod
    def received(self) -> list[EmailMessage]:
        """Return what has arrived so far."""

    async def test_delivers_words_and_address_unchanged(self, mailer: Mailer) -> None:
        await mailer.send(MESSAGE)
        (mail,) = self.received()
        assert (mail["To"], mail["Subject"]) == (MESSAGE.to, MESSAGE.subject)
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert plain.get_content().replace("\r\n", "\n") == MESSAGE.text
        assert "<p>Grüße</p>" in html.get_content()
        assert mail["Auto-Submitted"] == "auto-generated"

    async def test_repeats_under_the_same_message_id_or_not_at_all(self, mailer: Mailer) -> None:
        await mailer.send(MESSAGE)
        await mailer.send(MESSAGE)
        found = [mail["Message-ID"] for mail in self.received()]
        assert len(set(found)) == 1
        assert found[0].startswith(f"<{MESSAGE.message_id}@")
        assert len(found) == (2 if mailer.delivers else 1)

    @pytest.mark.parametrize("place", ["to", "subject"])
    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85"])
    async def test_refuses_a_line_break_when_it_could_add_a_header(
        self, mailer: Mailer, place: str, end: str
    ) -> None:
        words = {"to": "a@example.org", "subject": "Hello", place: f"x{end}Bcc: all@example.org"}
        with pytest.raises(MessageRefused, match="line break"):
            await mailer.send(Message(message_id=1, text="", **words))
        assert self.received() == []
