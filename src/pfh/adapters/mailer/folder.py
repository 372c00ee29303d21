"""The mail port as a folder of `.eml` files, for a hub without a mail server.

It exists so that nothing is lost and everything can be read with any mail program.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from pfh.adapters.mailer.mime import FOLDER_SENDER, mime_of
from pfh.ports.mailer import MailerUnavailable, Message


class FolderMailer:
    """Writes each message once, as `<message_id>.eml`, in a folder made when first needed."""

    __slots__ = ("_folder", "_sender")

    def __init__(self, folder: Path, sender: str = FOLDER_SENDER) -> None:
        """Take the folder; nothing is touched yet."""
        self._folder = folder
        self._sender = sender

    @property
    def delivers(self) -> bool:
        """Never: somebody has to look into the folder."""
        return False

    async def send(self, message: Message) -> None:
        """Write the message unless a file with its number is there; see the port."""
        content = mime_of(message, self._sender).as_bytes()
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
