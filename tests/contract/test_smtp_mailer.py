"""The mail contract at an SMTP server, well and badly, with and without TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd import smtp
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from pfh.adapters.dependencies.dependency import Dependency
from pfh.adapters.mailer.smtp import SmtpMailer, SmtpOptions
from pfh.ports.mailer import MailerUnavailable, Message, MessageRefused
from tests.contract.mailer_contract import MESSAGE, MailerContract
from tests.servers.certificate import self_signed

SENDER = "The Hub <hub@example.org>"


class Post:
    """Takes what arrives, unless `answer` says otherwise for a step."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answers: dict[str, str] = {}
        self.was_encrypted: list[bool] = []

    async def handle_MAIL(  # noqa: N802 -- the library's own name and arguments
        self, server: object, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" not in self.answers:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 -- the same
        self, server: object, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802 -- the same
        self, server: object, session: Session, envelope: Envelope
    ) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.envelopes.append(envelope)
        self.was_encrypted.append(session.ssl is not None)
        return "250 taken over"


def authenticated(
    server: object, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.password == b"correct horse"
    return AuthResult(success=right, handled=False)


@dataclass(frozen=True)
class Certificate:
    """A certificate of 127.0.0.1, which is its own authority, and of no other name."""

    file: Path
    key: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(*self_signed(tmp_path_factory.mktemp("certificate")))


@pytest.fixture
def post() -> Post:
    return Post()


@contextlib.asynccontextmanager
async def serving(
    post: Post, certificate: Certificate | None = None, *, sign_in: bool = False
) -> AsyncIterator[int]:
    """Serve on a free port of this machine; with a certificate STARTTLS is offered."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.file, certificate.key)

    def new_session() -> smtp.SMTP:
        return smtp.SMTP(
            post,
            hostname="localhost",
            enable_SMTPUTF8=True,
            tls_context=context,
            require_starttls=context is not None,
            authenticator=authenticated if sign_in else None,
            auth_required=sign_in,
        )

    server = await asyncio.get_running_loop().create_server(new_session, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def mailer_at(port: int, seconds: float = 30, /, **changes: str) -> SmtpMailer:
    words = {"host": "127.0.0.1", "sender": SENDER, "tls": "off", **changes}
    return SmtpMailer(SmtpOptions(port=port, **words), Dependency("smtp", timeout_seconds=seconds))


class TestSmtpMailer(MailerContract):
    @pytest.fixture
    async def mailer(self, post: Post) -> AsyncIterator[SmtpMailer]:
        self.post = post
        async with serving(post) as port:
            yield mailer_at(port)

    def received(self) -> list[EmailMessage]:
        return [
            message_from_bytes(envelope.content or b"", policy=default)  # type: ignore[arg-type]
            for envelope in self.post.envelopes
        ]

    async def test_takes_an_address_of_any_alphabet(self, mailer: SmtpMailer) -> None:
        await mailer.send(Message(message_id=2, to="jörg@exämple.org", subject="Hi", text="x"))
        assert self.post.envelopes[0].rcpt_tos == ["jörg@exämple.org"]


async def test_signs_in_over_tls_that_names_the_host(post: Post, certificate: Certificate) -> None:
    async with serving(post, certificate, sign_in=True) as port:
        right = {"tls": "starttls", "user": "hub", "ca_file": str(certificate.file)}
        await mailer_at(port, password="correct horse", **right).send(MESSAGE)
        assert post.was_encrypted == [True]
        with pytest.raises(MailerUnavailable, match="password is refused"):
            await mailer_at(port, password="wrong", **right).send(MESSAGE)


async def test_sends_nothing_over_tls_that_it_does_not_trust(
    post: Post, certificate: Certificate
) -> None:
    async with serving(post, certificate) as port:
        with pytest.raises(MailerUnavailable, match="no answer"):
            await mailer_at(port, tls="starttls").send(MESSAGE)
        other = {"tls": "starttls", "ca_file": str(certificate.file), "host": "localhost"}
        with pytest.raises(MailerUnavailable, match="no answer"):
            await mailer_at(port, **other).send(MESSAGE)
    assert post.envelopes == []


async def test_sends_nothing_when_the_server_offers_no_tls(post: Post) -> None:
    async with serving(post) as port:
        with pytest.raises(MailerUnavailable, match="no answer"):
            await mailer_at(port, tls="starttls").send(MESSAGE)
    assert post.envelopes == []


@pytest.mark.parametrize(
    ("step", "answer", "failure"),
    [
        ("RCPT", "550 5.1.1 nobody of this name", MessageRefused),
        ("RCPT", "450 4.2.1 try again later", MailerUnavailable),
        ("DATA", "554 5.7.1 this is spam", MessageRefused),
        ("DATA", "451 4.3.0 no room just now", MailerUnavailable),
        ("MAIL", "550 5.7.1 not your address", MailerUnavailable),
    ],
)
async def test_judges_an_answer_by_its_code(
    post: Post, step: str, answer: str, failure: type[Exception]
) -> None:
    post.answers[step] = answer
    async with serving(post) as port:
        with pytest.raises(failure, match=answer[:3]):
            await mailer_at(port).send(MESSAGE)
    assert post.envelopes == []


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        yield silent.getsockname()[1]


async def test_may_be_tried_again_when_nobody_answers(silent_port: int) -> None:
    with pytest.raises(MailerUnavailable, match="no answer within"):
        await mailer_at(silent_port, 0.2).send(MESSAGE)


async def test_may_be_tried_again_when_something_else_answers() -> None:
    async def web_server(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(web_server, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(MailerUnavailable):
        await mailer_at(port).send(MESSAGE)
    server.close()
