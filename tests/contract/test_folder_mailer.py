"""The mail contract in a folder."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from pfh.adapters.mailer.folder import FolderMailer
from pfh.ports.mailer import MailerUnavailable
from tests.contract.mailer_contract import MESSAGE, MailerContract


class TestFolderMailer(MailerContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "mail"

    @pytest.fixture
    def mailer(self, _folder: None) -> FolderMailer:
        return FolderMailer(self.folder)

    def received(self) -> list[EmailMessage]:
        found = sorted(self.folder.iterdir()) if self.folder.exists() else []
        return [message_from_bytes(path.read_bytes(), policy=default) for path in found]


async def test_says_that_it_may_be_tried_again_when_the_folder_cannot_be_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "mail").write_text("a file, not a folder")
    with pytest.raises(MailerUnavailable):
        await FolderMailer(tmp_path / "mail").send(MESSAGE)
