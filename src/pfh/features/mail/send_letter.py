"""Sending one letter of the outbox, and deciding what becomes of it.

Promised: a letter that was committed is sent at least once, or it becomes dead and an operator can
see why. It is sent twice only when a process dies between the server's yes and the note of it; the
second has the same `Message-ID` (docs/decisions/0020).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

import msgspec

from pfh.features.mail import store
from pfh.features.mail.letters import UnknownLetter, render_letter
from pfh.features.mail.link_codes import link_code
from pfh.features.mail.post_letter import LetterContent
from pfh.features.mail.store import MailRecord
from pfh.observability.failpoints import reached
from pfh.observability.logging import get_logger
from pfh.observability.masking import clean
from pfh.observability.metrics import MAILS
from pfh.ports.mailer import MailerUnavailable, Message, MessageRefused
from pfh.ports.services import Services

# Longer than any mailer takes, so that nobody sends what another process is just sending.
LEASE_SECONDS: Final = 120
# 15 s, 30 s, 1 min … 1 h: some two hours in all, outages that the breaker notices not counted.
ATTEMPTS_MAX: Final = 10
FIRST_PAUSE_SECONDS: Final = 15.0
PAUSE_SECONDS_MAX: Final = 3_600.0
_ERROR_LENGTH_MAX: Final = 300
_MICROSECONDS: Final = 1_000_000
_LOGGER: Final = get_logger(__name__)
_DECODER: Final = msgspec.json.Decoder(LetterContent)


@dataclass(frozen=True, slots=True)
class Sending:
    """What came of a round.

    `outcome` is sent, retried, dead, waiting (the mailer wants a pause, of `pause_seconds`) or idle
    (nothing is due).
    """

    outcome: str
    pause_seconds: float = 0.0


async def send_next_letter(services: Services) -> Sending:
    """Send the letter that has waited longest, if any is due."""
    now = services.clock.now()
    if not await services.database.read(lambda connection: store.has_due(connection, now=now)):
        return Sending("idle")
    until = now + LEASE_SECONDS * _MICROSECONDS
    mail = await services.database.write(
        lambda connection: store.claim_mail(connection, now=now, until=until)
    )
    if mail is None:
        return Sending("idle")
    sending = await _send(services, mail)
    if sending.outcome != "waiting":
        MAILS.labels(mail.kind, sending.outcome).inc()
    return sending


async def _send(services: Services, mail: MailRecord) -> Sending:
    if mail.useful_until is not None and mail.useful_until <= services.clock.now():
        return await _bury(services, mail, "its link would have expired")
    try:
        await services.mailer.send(_message(services, mail))
    except Exception as error:  # noqa: BLE001 -- one letter must not stop all others for ever
        return await _after_failure(services, mail, error)
    reached("mail.handed_over")
    now = services.clock.now()
    await services.database.write(
        lambda connection: store.mark_sent(connection, mail.mail_id, now=now)
    )
    _LOGGER.info(
        "mail_sent",
        mail_id=mail.mail_id,
        kind=mail.kind,
        attempt_count=mail.attempts,
        correlation_id=mail.correlation_id,
    )
    return Sending("sent")


async def _after_failure(services: Services, mail: MailRecord, error: Exception) -> Sending:
    match error:
        case MessageRefused():
            return await _bury(services, mail, str(error))
        case MailerUnavailable(was_tried=False):
            return await _give_back(services, mail, error.retry_after_seconds or 1.0)
        case MailerUnavailable():
            return await _postpone(services, mail, str(error), error.retry_after_seconds)
        case UnknownLetter():
            words = f"this version knows no letter {mail.kind}"
            return await _postpone(services, mail, words, None)
        case _:
            _LOGGER.failure("mail_failed", error, mail_id=mail.mail_id, kind=mail.kind)
            return await _postpone(services, mail, type(error).__name__, None)


def _message(services: Services, mail: MailRecord) -> Message:
    content = _DECODER.decode(mail.content)
    link = services.public_address + content.path
    if content.has_code:
        link += f"#{link_code(services.token_key, mail.mail_id)}"
    letter = render_letter(
        mail.kind, mail.language, name=content.name, link=link, hub=services.public_address
    )
    return Message(
        message_id=mail.mail_id,
        to=mail.recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )


async def _bury(services: Services, mail: MailRecord, words: str) -> Sending:
    now, error = services.clock.now(), _shown(words)
    await services.database.write(
        lambda connection: store.bury(connection, mail, now=now, error=error)
    )
    _LOGGER.error(
        "mail_dead",
        mail_id=mail.mail_id,
        kind=mail.kind,
        attempt_count=mail.attempts,
        reason=error,
        correlation_id=mail.correlation_id,
    )
    return Sending("dead")


async def _postpone(
    services: Services, mail: MailRecord, words: str, retry_after_seconds: float | None
) -> Sending:
    if mail.attempts >= ATTEMPTS_MAX:
        return await _bury(services, mail, f"given up after {mail.attempts} attempts: {words}")
    seconds = max(pause_before_retry(mail.attempts), retry_after_seconds or 0.0)
    due_at = services.clock.now() + round(seconds * _MICROSECONDS)
    error = _shown(words)
    await services.database.write(
        lambda connection: store.postpone(connection, mail, due_at=due_at, error=error)
    )
    _LOGGER.warning("mail_postponed", mail_id=mail.mail_id, pause_seconds=seconds, reason=error)
    return Sending("retried")


async def _give_back(services: Services, mail: MailRecord, seconds: float) -> Sending:
    due_at = services.clock.now() + round(seconds * _MICROSECONDS)
    await services.database.write(
        lambda connection: store.give_back(connection, mail, due_at=due_at)
    )
    return Sending("waiting", seconds)


def pause_before_retry(attempts: int) -> float:
    """Return the seconds after the n-th failed attempt: doubling, at most an hour, with jitter.

    Jitter takes up to half away, so that letters which failed together do not come together again.
    """
    longest: float = min(FIRST_PAUSE_SECONDS * 2.0 ** (attempts - 1), PAUSE_SECONDS_MAX)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 -- spreads load, hides nothing


def _shown(words: str) -> str:
    return clean(words)[:_ERROR_LENGTH_MAX]
