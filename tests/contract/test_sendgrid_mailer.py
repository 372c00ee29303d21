"""The mail contract at a server that speaks SendGrid's API, well and badly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import default

import pytest

from pfh.adapters.dependencies.dependency import Dependency
from pfh.adapters.mailer.sendgrid import SendGridMailer, SendGridOptions
from pfh.ports.mailer import MailerUnavailable, MessageRefused
from tests.contract.mailer_contract import MESSAGE, MailerContract
from tests.servers.third_party import Reply, ThirdPartyServer, third_party_server

KEY = "SG.a key of the tests"
ACCEPTED = Reply(202)


def mailer_at(server: ThirdPartyServer, *, seconds: float = 30) -> SendGridMailer:
    options = SendGridOptions(url=server.address, key=KEY, sender="The Hub <hub@example.org>")
    return SendGridMailer(options, Dependency("sendgrid", timeout_seconds=seconds))


@pytest.fixture
async def server() -> AsyncIterator[ThirdPartyServer]:
    async with third_party_server() as found:
        found.reply(ACCEPTED)
        yield found


class TestSendGridMailer(MailerContract):
    @pytest.fixture
    async def mailer(self, server: ThirdPartyServer) -> AsyncIterator[SendGridMailer]:
        self.server = server
        made = mailer_at(server)
        yield made
        await made.close()

    def received(self) -> list[EmailMessage]:
        return [_mail(request.json) for request in self.server.requests]

    async def test_is_authorised_and_tracks_nobody(self, mailer: SendGridMailer) -> None:
        await mailer.send(MESSAGE)
        (request,) = self.server.requests
        assert (request.method, request.path) == ("POST", "/v3/mail/send")
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.json["from"] == {"email": "hub@example.org", "name": "The Hub"}
        assert not any(one["enable"] for one in request.json["tracking_settings"].values())
        arguments = request.json["personalizations"][0]["custom_args"]
        assert arguments == {"pfh_message_id": str(MESSAGE.message_id)}


def _mail(body: dict[str, object]) -> EmailMessage:
    """Return what SendGrid would make of a request."""
    mail = EmailMessage(policy=default)
    personalizations, content, headers = body["personalizations"], body["content"], body["headers"]
    assert isinstance(personalizations, list)
    assert isinstance(content, list)
    assert isinstance(headers, dict)
    mail["To"] = personalizations[0]["to"][0]["email"]
    mail["Subject"] = body["subject"]
    for name, value in headers.items():
        mail[name] = value
    plain, html = content
    mail.set_content(plain["value"])
    mail.add_alternative(html["value"], subtype="html")
    return mail


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(500), "answered 500"),
        (Reply(401, body=b"{}"), "the key is refused"),
        (Reply(302, {"Location": "https://example.org/"}), "answered 302"),
        (Reply(200, body=b"<html>Sign in to the hotel's network"), "answered 200 instead of 202"),
        (Reply(drops=True), "no answer"),
        (Reply(raw=b"220 this is no HTTP\r\n"), "no answer"),
        (Reply(endless=True), "does not end"),
    ],
    ids=["500", "401", "redirect", "captive", "drops", "nonsense", "endless"],
)
async def test_may_be_tried_again_when_the_server_fails(
    server: ThirdPartyServer, reply: Reply, words: str
) -> None:
    server.reply(reply)
    mailer = mailer_at(server)
    with pytest.raises(MailerUnavailable, match=words):
        await mailer.send(MESSAGE)
    assert len(server.requests) == 1
    await mailer.close()


async def test_may_be_tried_again_when_the_server_never_answers(server: ThirdPartyServer) -> None:
    server.reply(Reply(never=True))
    mailer = mailer_at(server, seconds=0.2)
    with pytest.raises(MailerUnavailable, match="no answer within"):
        await mailer.send(MESSAGE)
    await mailer.close()


async def test_leaves_the_server_alone_for_as_long_as_it_asks(server: ThirdPartyServer) -> None:
    server.reply(Reply(429, {"Retry-After": "77"}))
    mailer = mailer_at(server)
    with pytest.raises(MailerUnavailable) as first:
        await mailer.send(MESSAGE)
    with pytest.raises(MailerUnavailable) as second:
        await mailer.send(MESSAGE)
    assert (first.value.retry_after_seconds, first.value.was_tried) == (77, True)
    assert second.value.was_tried is False
    assert 70 < (second.value.retry_after_seconds or 0) <= 77
    assert len(server.requests) == 1
    await mailer.close()


async def test_refuses_for_good_what_the_server_will_never_take(server: ThirdPartyServer) -> None:
    words = b'{"errors": [{"message": "ana@example.org is on a list", "field": "to"}]}'
    server.reply(Reply(400, body=words), ACCEPTED)
    mailer = mailer_at(server)
    with pytest.raises(MessageRefused, match=r"400 \[masked\] is on a list") as caught:
        await mailer.send(MESSAGE)
    assert KEY not in str(caught.value)
    await mailer.send(MESSAGE)
    await mailer.close()
