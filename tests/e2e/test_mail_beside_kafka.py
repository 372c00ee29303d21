"""Mail of hubs beside Kafka: sent once, and twice at most when a hub dies in between."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from pfh.entry.cli.stack.local_process import free_port
from pfh.features.mail.send_letter import LEASE_SECONDS
from tests.e2e.delivery.proof import rows
from tests.e2e.program import Program, sign_up
from tests.environment import environment_of
from tests.servers.found import Server
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
EMAIL = "ann@example.org"
NEW_PASSWORD = "nine yellow herons"
LETTERS = "SELECT kind, state, attempts FROM mail_outbox ORDER BY mail_id"
# Two minutes later, as far as the letter knows.
LEASE_IS_OVER = "UPDATE mail_outbox SET due_at = created_at WHERE state = 'due'"
LEASED = "SELECT due_at - created_at FROM mail_outbox WHERE state = 'due'"
CODE = re.compile(r"/(?P<page>[a-z-]+)#(?P<code>\S+)")


@dataclass
class Post:
    """Takes over whatever arrives."""

    arrived: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 -- the library's own name and arguments
        self, server: object, session: object, envelope: Envelope
    ) -> str:
        del server, session
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        self.arrived.append(message)
        return "250 taken over"


@contextmanager
def mail_server() -> Iterator[tuple[Post, int]]:
    """Serve on a port of this machine, which is yielded with what takes the mail."""
    post, port = Post(), free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield post, port
    finally:
        controller.stop()


def code_of(message: EmailMessage) -> str:
    plain = message.get_body(("plain",))
    assert plain is not None
    found = CODE.search(plain.get_content())
    assert found is not None, plain.get_content()
    return found["code"]


@contextmanager
def hubs(url: str, brokers: str, folder: Path, port: int) -> Iterator[tuple[Program, Program]]:
    """Return two hubs beside Kafka, not started: the first dies when it has sent two letters."""
    environment = environment_of(
        url,
        KAFKA_BROKERS=brokers,
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=f"{port}",
        SMTP_TLS="off",
        MAIL_FROM="Hub <hub@example.org>",
    )
    dying = {**environment, "PFH_TEST_FAIL_AT": "mail.handed_over:2", "PFH_NODE": "1"}
    made = (Program(folder / "first", dying), Program(folder / "second", environment))
    try:
        yield made
    finally:
        for hub in made:
            hub.kill()


def ask(hub: Program, path: str, **body: str) -> int:
    return httpx.post(f"{hub.url}/api/auth/{path}", json=body, timeout=PATIENCE_SECONDS).status_code


def test_letter_of_a_hub_that_died_in_between_comes_again_as_the_same(
    migrated_postgres_url: str, kafka_server: Server, tmp_path: Path
) -> None:
    url = migrated_postgres_url

    def letters() -> list[tuple[object, ...]]:
        return rows(url, LETTERS)

    with (
        mail_server() as (post, port),
        hubs(url, kafka_server.address, tmp_path, port) as (first, second),
    ):
        first.start()
        sign_up(first.url, EMAIL)
        wait_until(lambda: letters() == [("verify_email", "sent", 1)], what="the first letter")
        # The hub may be dead before it has answered; what it had committed is sent all the same.
        with contextlib.suppress(httpx.TransportError):
            assert ask(first, "password-reset", email=EMAIL) == 202
        assert first.process is not None
        wait_until(lambda: first.process and first.process.poll() is not None, what="its death")
        proof, reset = post.arrived
        assert letters()[1:] == [("password_reset", "due", 1)]

        second.start()
        ((lease,),) = rows(url, LEASED)
        assert int(str(lease)) >= LEASE_SECONDS * 1_000_000
        assert ask(second, "verify-email", code=code_of(proof)) == 204
        # Nobody takes what another may just be sending.
        assert len(post.arrived) == 2
        rows(url, LEASE_IS_OVER)
        wait_until(lambda: letters()[1:] == [("password_reset", "sent", 2)], what="it once more")
        again = post.arrived[2]
        for part in ("Message-ID", "To", "Subject"):
            assert again[part] == reset[part]
        assert code_of(again) == code_of(reset)

        wish = {"newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD}
        assert ask(second, "password-reset/confirm", code=code_of(reset), **wish) == 204
        assert ask(second, "password-reset/confirm", code=code_of(again), **wish) == 422
        told = ("password_changed", "sent", 1)
        wait_until(lambda: letters()[2:] == [told], what="the notice of the change")
        assert second.terminate() == 0
    assert [one["To"] for one in post.arrived] == [EMAIL] * 4
    assert len({one["Message-ID"] for one in post.arrived}) == 3
    sent = [line for line in second.lines() if line["event"] == "mail_sent"]
    assert [line["attempt_count"] for line in sent] == [2, 1]
    assert EMAIL not in first.log.read_text() + second.log.read_text()
