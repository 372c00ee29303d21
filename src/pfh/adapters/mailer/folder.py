"""The mail port as a folder of `.eml` files, for a hub without a mail server.

It exists so that nothing is lost and everything can be read with any mail program.
"""

from __future__ import annotations

import asyncio
import os
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final

from pfh.ports.mailer import MailerUnavailable, Message

_SENDER: Final = "Personal Finance Hub <hub@localhost>"


class FolderMailer:
    """Writes each message once, as `<message_id>.eml`, in a folder made when first needed."""

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        """Take the folder; nothing is touched yet."""
        self._folder = folder

    async def send(self, message: Message) -> None:
        """Write the message unless a file with its number is there; see the port."""
        content = _rendered(message)
        try:
            await asyncio.to_thread(self._write, message.message_id, content)
        except OSError as error:
            raise MailerUnavailable(f"the mail folder cannot be written: {error}") from error

    def _write(self, message_id: int, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self._folder / f"{message_id}.eml"
        if target.exists():
            return
        draft = self._folder / f".{message_id}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)


def _rendered(message: Message) -> bytes:
    """Return the message in RFC 5322; header injection is refused by `EmailMessage` itself."""
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = _SENDER
        mail["To"] = message.to
        mail["Subject"] = message.subject
    except ValueError as error:
        raise ValueError("an address or a subject holds a line break") from error
    mail["Message-ID"] = f"<{message.message_id}@pfh.invalid>"
    mail.set_content(message.text)
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html")
    return mail.as_bytes()
