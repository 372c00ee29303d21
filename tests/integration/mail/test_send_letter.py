"""A letter in the outbox is sent at least once, by one process at a time, or becomes dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from pfh.adapters.dependencies.dependency import Dependency
from pfh.adapters.mailer.folder import FolderMailer
from pfh.adapters.mailer.sendgrid import SendGridMailer, SendGridOptions
from pfh.core.errors import Problem
from pfh.features.mail.api import Letter, forget_mail, link_code, post_letter
from pfh.features.mail.consumers import run
from pfh.features.mail.manage_outbox import list_letters, retry_letters
from pfh.features.mail.send_letter import (
    ATTEMPTS_MAX,
    LEASE_SECONDS,
    pause_before_retry,
    send_next_letter,
)
from pfh.ports.services import Services
from tests.integration.identity.hub import Hub, logged
from tests.servers.third_party import Reply, ThirdPartyServer, third_party_server

ACCEPTED = Reply(202)


class SendGrid(ThirdPartyServer):
    """A server of SendGrid's, and the processes that send by it."""

    def __init__(self) -> None:
        super().__init__()
        self.reply(ACCEPTED)
        self.mailers: list[SendGridMailer] = []

    def process(self, hub: Hub) -> Services:
        """Return the services of another process that shares the books."""
        options = SendGridOptions(url=self.address, key="k", sender="hub@example.org")
        mailer = SendGridMailer(options, Dependency("sendgrid", timeout_seconds=30))
        self.mailers.append(mailer)
        return replace(hub.services, mailer=mailer)


@pytest.fixture
async def server() -> AsyncIterator[SendGrid]:
    found = SendGrid()
    async with third_party_server(found):
        yield found
        for mailer in found.mailers:
            await mailer.close()


async def post(hub: Hub, **changes: Any) -> int:  # noqa: ANN401 -- the fields of a letter
    """Put a letter into the outbox and return its number."""
    mail_id = hub.services.identifiers.next()
    fields = {"kind": "password_changed", "recipient": "ann@example.org", **changes}
    letter = Letter(mail_id=mail_id, **fields)
    now = hub.clock.now()
    await hub.services.database.write(lambda connection: post_letter(connection, letter, now=now))
    return mail_id


def folder_of(hub: Hub) -> Path:
    assert isinstance(hub.services.mailer, FolderMailer)
    return Path(hub.services.mailer._folder)


def in_folder(hub: Hub) -> list[EmailMessage]:
    found = sorted(folder_of(hub).glob("*.eml")) if folder_of(hub).exists() else []
    return [message_from_bytes(path.read_bytes(), policy=default) for path in found]


async def states(hub: Hub) -> list[tuple[str, int, str | None]]:
    rows = await hub.rows("SELECT state, attempts, last_error FROM mail_outbox ORDER BY mail_id")
    return [(row[0], row[1], row[2]) for row in rows]


async def drain(services: Services) -> list[str]:
    """Send until nothing is due, and return what came of each."""
    found: list[str] = []
    while (sending := await send_next_letter(services)).outcome not in {"idle", "waiting"}:
        found.append(sending.outcome)
    return found


async def test_sends_what_was_committed_and_keeps_nothing_of_the_person(hub: Hub) -> None:
    mail_id = await post(hub, name="Ann", language="de", path="/forgot-password")
    assert await drain(hub.services) == ["sent"]
    (mail,) = in_folder(hub)
    assert (mail["To"], mail["Subject"]) == ("ann@example.org", "Dein Passwort wurde geändert")
    assert mail["Message-ID"].startswith(f"<{mail_id}@")
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "Hallo Ann," in plain.get_content()
    assert "http://localhost:3333/forgot-password" in plain.get_content()
    rows = await hub.rows("SELECT state, recipient, content FROM mail_outbox")
    assert rows == [("sent", "", "{}")]


async def test_nothing_is_sent_when_the_change_was_not_committed(hub: Hub) -> None:
    letter = Letter(mail_id=1, kind="password_changed", recipient="ann@example.org")

    async def unit(connection: Any) -> None:  # noqa: ANN401 -- the port's own
        await post_letter(connection, letter, now=hub.clock.now())
        raise LookupError

    with pytest.raises(LookupError):
        await hub.services.database.write(unit)
    assert await drain(hub.services) == []


async def test_the_code_is_in_the_mail_alone(hub: Hub) -> None:
    mail_id = await post(hub, kind="password_reset", path="/reset-password", has_code=True)
    code = link_code(hub.services.token_key, mail_id)
    rows = await hub.rows("SELECT content, recipient FROM mail_outbox")
    assert code not in str(rows)
    with logged() as lines:
        await drain(hub.services)
    plain = in_folder(hub)[0].get_body(("plain",))
    assert plain is not None
    assert f"http://localhost:3333/reset-password#{code}" in plain.get_content().splitlines()
    assert code not in "".join(lines.texts)
    assert "ann@example.org" not in "".join(lines.texts)


async def test_a_letter_to_nobody_is_never_sent(hub: Hub) -> None:
    await post(hub, recipient=None)
    assert await drain(hub.services) == []


async def test_is_sent_again_under_the_same_id_when_the_process_died_before_the_note(
    hub: Hub, server: SendGrid
) -> None:
    await post(hub)
    services = server.process(hub)

    class DiesAfterSending:
        delivers = True

        async def send(self, message: Any) -> None:  # noqa: ANN401 -- the port's own
            await services.mailer.send(message)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await send_next_letter(replace(services, mailer=DiesAfterSending()))
    assert await drain(services) == []
    hub.clock.advance(LEASE_SECONDS + 1)
    assert await drain(services) == ["sent"]
    ids = [request.json["headers"]["Message-ID"] for request in server.requests]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_several_processes_send_each_letter_once(hub: Hub, server: SendGrid) -> None:
    posted = {await post(hub) for _ in range(20)}
    await asyncio.gather(*(drain(server.process(hub)) for _ in range(4)))
    arguments = [one.json["personalizations"][0]["custom_args"] for one in server.requests]
    assert sorted(int(one["pfh_message_id"]) for one in arguments) == sorted(posted)


async def test_tries_again_with_growing_pauses_and_then_gives_up(
    hub: Hub, server: SendGrid
) -> None:
    await post(hub)
    server.reply(Reply(500))
    outcomes = []
    for _ in range(ATTEMPTS_MAX):
        # A new process each time, so that no breaker is in the way.
        outcomes += await drain(server.process(hub))
        hub.clock.advance(3_601)
    assert outcomes == ["retried"] * (ATTEMPTS_MAX - 1) + ["dead"]
    ((state, attempts, error),) = await states(hub)
    assert (state, attempts) == ("dead", ATTEMPTS_MAX)
    assert error == f"given up after {ATTEMPTS_MAX} attempts: SendGrid: answered 500"
    assert len(server.requests) == ATTEMPTS_MAX


def test_pauses_double_up_to_an_hour_and_are_never_the_same() -> None:
    pauses = [[pause_before_retry(attempt) for _ in range(50)] for attempt in range(1, 12)]
    for attempt, found in enumerate(pauses):
        longest = min(15 * 2**attempt, 3_600)
        assert longest / 2 <= min(found)
        assert max(found) <= longest
        assert len(set(found)) > 1


async def test_waits_as_long_as_the_server_asks_and_that_costs_no_attempt(
    hub: Hub, server: SendGrid
) -> None:
    for _ in range(2):
        await post(hub)
    server.reply(Reply(429, {"Retry-After": "600"}), ACCEPTED)
    services = server.process(hub)
    assert (await send_next_letter(services)).outcome == "retried"
    waiting = await send_next_letter(services)
    assert waiting.outcome == "waiting"
    assert 590 < waiting.pause_seconds <= 600
    assert len(server.requests) == 1
    assert [row[1] for row in await states(hub)] == [1, 0]
    hub.clock.advance(599)
    assert await drain(server.process(hub)) == []
    hub.clock.advance(2)
    assert await drain(server.process(hub)) == ["sent", "sent"]


async def test_gives_up_at_once_what_the_server_will_never_take_until_an_operator_retries(
    hub: Hub, server: SendGrid
) -> None:
    mail_id = await post(hub)
    server.reply(Reply(400), ACCEPTED)
    services = server.process(hub)
    assert await drain(services) == ["dead"]
    hub.clock.advance(86_400)
    assert await drain(services) == []
    (dead,) = await list_letters(services, ("due", "dead"), 10)
    assert (dead.mail_id, dead.state) == (mail_id, "dead")
    assert await retry_letters(services, mail_id) == 1
    assert await drain(services) == ["sent"]
    with pytest.raises(Problem, match="is sent") as caught:
        await retry_letters(services, mail_id)
    assert caught.value.code == "mail_not_dead"
    with pytest.raises(Problem) as unknown:
        await retry_letters(services, 1)
    assert unknown.value.code == "mail_not_found"


async def test_sends_no_letter_whose_link_has_expired_nor_lets_it_be_retried(hub: Hub) -> None:
    await post(hub, useful_seconds=60)
    hub.clock.advance(61)
    assert await drain(hub.services) == ["dead"]
    assert await retry_letters(hub.services, None) == 0
    assert in_folder(hub) == []


async def test_a_name_or_an_address_adds_no_header(hub: Hub) -> None:
    await post(hub, recipient="a@example.org\r\nBcc: all@example.org")
    await post(hub, name="Ann\r\nBcc: all@example.org")
    assert await drain(hub.services) == ["dead", "sent"]
    (mail,) = in_folder(hub)
    assert mail["Bcc"] is None
    assert "all@example.org" not in mail.as_string()


async def test_a_letter_that_only_a_newer_hub_knows_waits_for_it(hub: Hub) -> None:
    await post(hub, kind="of_next_year")
    assert await drain(hub.services) == ["retried"]
    assert (await states(hub))[0][2] == "this version knows no letter of_next_year"


async def test_the_consumer_sends_when_it_is_told_and_stops_at_once(hub: Hub) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(run(hub.services, stopping))
    await post(hub)
    hub.services.signals.give("mail")
    async with asyncio.timeout(60):
        while (await states(hub))[0][0] != "sent":  # noqa: ASYNC110 -- the row is what must change
            await asyncio.sleep(0.01)
        stopping.set()
        await running
    assert len(in_folder(hub)) == 1


async def test_forgets_letters_that_ended_long_ago(hub: Hub, server: SendGrid) -> None:
    server.reply(Reply(400))
    await post(hub)
    await drain(server.process(hub))
    await post(hub)
    await drain(hub.services)
    await post(hub, recipient=None)
    hub.clock.advance(2 * 86_400)
    assert await forget_mail(hub.services) == 1
    hub.clock.advance(30 * 86_400)
    assert await forget_mail(hub.services) == 1
    assert [row[0] for row in await states(hub)] == ["dead"]
    hub.clock.advance(60 * 86_400)
    assert await forget_mail(hub.services) == 1
