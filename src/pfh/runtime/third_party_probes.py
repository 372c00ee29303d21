"""Whether the mail server and the language model answer, asked without sending anything.

It exists beside the probes of the hub's own servers because these may cost money and have limits of
their own: the detailed health asks each at most twice a minute.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from pfh.runtime.probes import NOT_CONFIGURED, Probe, ProbeFailed, probe
from pfh.runtime.settings import Settings
from pfh.runtime.third_party_settings import (
    FolderSettings,
    ModelSettings,
    SendGridSettings,
    SmtpSettings,
)

if TYPE_CHECKING:
    from pfh.adapters.dependencies.http_exchange import HttpExchange

MAIL: Final = "mail"
MODEL: Final = "language-model"
HEALTH_TIMEOUT_SECONDS: Final = 1.0
FRESH_SECONDS: Final = 30.0
_SERVED: Final = 200
_CHECK_TIMEOUT_SECONDS: Final = 3.0
_SCOPE: Final = b'"mail.send"'


def third_party_probes(settings: Settings, *, seconds: float) -> tuple[Awaitable[Probe], ...]:
    """Return the questions to both, each given up after `seconds`."""
    return (
        _probe_mail(settings, seconds),
        _probe_model(settings.third_parties.model, seconds),
    )


async def check_third_parties(settings: Settings) -> tuple[Probe, ...]:
    """Ask both at once, for `pfh config check`."""
    return tuple(
        await asyncio.gather(*third_party_probes(settings, seconds=_CHECK_TIMEOUT_SECONDS))
    )


class ThirdPartyHealth:
    """The answers of the mail server and the model, at most 30 seconds old, within a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Know nothing yet; `clock` returns seconds that never go back."""
        self._clock = clock
        self._asked_at: float | None = None
        self._answers: tuple[Probe, ...] = ()
        self._lock = asyncio.Lock()

    async def answers(self, settings: Settings) -> tuple[Probe, ...]:
        """Return what each answered; several who ask at once share one round."""
        async with self._lock:
            if self._asked_at is None or self._clock() - self._asked_at >= FRESH_SECONDS:
                seconds = HEALTH_TIMEOUT_SECONDS
                self._answers = tuple(
                    await asyncio.gather(*third_party_probes(settings, seconds=seconds))
                )
                self._asked_at = self._clock()
            return self._answers


async def _probe_mail(settings: Settings, seconds: float) -> Probe:
    match settings.third_parties.mail:
        case SendGridSettings() as mail:

            async def ask_sendgrid() -> None:
                await _ask_sendgrid(mail)

            return await probe(MAIL, mail.url, ask_sendgrid, seconds=seconds)
        case SmtpSettings() as server:

            async def ask_smtp() -> None:
                await _ask_smtp(server, seconds)

            return await probe(MAIL, f"{server.host}:{server.port}", ask_smtp, seconds=seconds)
        case FolderSettings():
            return Probe(name=MAIL, address="", state=NOT_CONFIGURED)


async def _ask_sendgrid(settings: SendGridSettings) -> None:
    from pfh.adapters.mailer.sendgrid import sendgrid_exchange
    from pfh.runtime.third_parties import sendgrid_options

    status, body = await _get(sendgrid_exchange(sendgrid_options(settings)), "/v3/scopes")
    if status != _SERVED:
        raise ProbeFailed("failed", f"answered {status}")
    if _SCOPE not in body:
        raise ProbeFailed("wrong password", "SENDGRID_API_KEY may not send mail: give it mail.send")


async def _ask_smtp(settings: SmtpSettings, seconds: float) -> None:
    from aiosmtplib import SMTPAuthenticationError, SMTPException

    from pfh.adapters.mailer.smtp import connection
    from pfh.runtime.third_parties import smtp_options

    client = connection(smtp_options(settings), timeout_seconds=seconds)
    try:
        await client.connect()
        await client.noop()
    except SMTPAuthenticationError as error:
        wrong = "the server refuses SMTP_USER and SMTP_PASSWORD"
        raise ProbeFailed("wrong password", wrong) from error
    except TimeoutError:
        raise
    except SMTPException as error:
        cause = error.__cause__
        if isinstance(cause, OSError):
            raise cause from error
        raise ProbeFailed("failed", f"{type(error).__name__}: {error.message}"[:200]) from error
    finally:
        client.close()


async def _probe_model(settings: ModelSettings | None, seconds: float) -> Probe:
    if settings is None:
        return Probe(name=MODEL, address="", state=NOT_CONFIGURED)

    async def ask() -> None:
        from pfh.adapters.language_model.openai_compatible import model_exchange
        from pfh.runtime.third_parties import model_options

        status, body = await _get(model_exchange(model_options(settings)), "/models")
        if status != _SERVED or not body.lstrip().startswith(b"{"):
            raise ProbeFailed("failed", f"answered {status}, and no list of models")

    return await probe(MODEL, settings.url, ask, seconds=seconds)


async def _get(exchange: HttpExchange, path: str) -> tuple[int, bytes]:
    from pfh.adapters.dependencies.dependency import DependencyFailed

    try:
        answer = await exchange.request("GET", path)
    except DependencyFailed as error:
        words = str(error)
        state = "wrong password" if "key is refused" in words else "failed"
        if "ConnectError" in words:
            state = "refused"
        raise ProbeFailed(state, words) from error
    finally:
        await exchange.close()
    return answer.status, answer.body
