"""The mail port on any SMTP server (RFC 5321), over TLS that names the host.

A connection of its own for each message: a hub sends few, and a kept connection is the one that
the server has just closed.
"""

from __future__ import annotations

import contextlib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from typing import TYPE_CHECKING, Final

from pfh.adapters.dependencies.dependency import Dependency, DependencyFailed, RequestRejected
from pfh.adapters.mailer.mime import mime_of
from pfh.ports.mailer import MailerUnavailable, Message, MessageRefused

if TYPE_CHECKING:
    from aiosmtplib import SMTP

# For a whole message; a single step may take a third of it, the farewell almost nothing.
TIMEOUT_SECONDS: Final = 30.0
STEP_SECONDS: Final = 10.0
QUIT_SECONDS: Final = 1.0
STARTTLS: Final = "starttls"
TLS: Final = "tls"
OFF: Final = "off"
_PERMANENT: Final = range(500, 600)
# 530 sign in first, 534 and 535 the sign-in was refused, 538 not without TLS: the hub's, not the
# message's, and repaired by whoever runs the hub.
_SIGN_IN: Final = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpOptions:
    """Where and as whom to send; `tls` is starttls, tls (from the first byte) or off."""

    host: str
    port: int
    sender: str
    tls: str = STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None


def connection(options: SmtpOptions, *, timeout_seconds: float) -> SMTP:
    """Return a client whose `connect` also signs in; STARTTLS is never left out.

    Raises:
        OSError: the file of authorities cannot be read.
    """
    from aiosmtplib import SMTP  # noqa: PLC0415 -- loaded at the first message

    context = None
    if options.tls != OFF:
        context = ssl.create_default_context(cafile=options.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    return SMTP(
        hostname=options.host,
        port=options.port,
        username=options.user,
        password=options.password,
        timeout=timeout_seconds,
        use_tls=options.tls == TLS,
        start_tls=options.tls == STARTTLS,
        tls_context=context,
    )


class SmtpMailer:
    """Hands each message to one server."""

    def __init__(self, options: SmtpOptions, dependency: Dependency | None = None) -> None:
        """Take the options; nothing is opened yet."""
        self._options = options
        self._dependency = dependency or Dependency("smtp", timeout_seconds=TIMEOUT_SECONDS)

    @property
    def delivers(self) -> bool:
        """Always."""
        return True

    async def send(self, message: Message) -> None:
        """Hand the message over; see the port."""
        mail = mime_of(message, self._options.sender)
        try:
            await self._dependency.call(lambda: self._hand_over(mail, message.to))
        except DependencyFailed as error:
            raise MailerUnavailable(
                f"SMTP: {error}",
                retry_after_seconds=error.retry_after_seconds,
                was_tried=error.was_tried,
            ) from error
        except RequestRejected as error:
            raise MessageRefused(f"the mail server refuses the message: {error}") from error

    async def _hand_over(self, mail: EmailMessage, recipient: str) -> None:
        from aiosmtplib import (  # noqa: PLC0415 -- see above
            SMTPException,
            SMTPNotSupported,
            SMTPRecipientsRefused,
            SMTPResponseException,
            SMTPSenderRefused,
        )

        client = connection(self._options, timeout_seconds=STEP_SECONDS)
        sender = parseaddr(self._options.sender)[1]
        try:
            await client.connect()
            try:
                await client.send_message(mail, sender=sender, recipients=[recipient])
            except SMTPSenderRefused as error:
                raise DependencyFailed(f"answered {error.code}: MAIL_FROM is refused") from error
            except SMTPRecipientsRefused as error:
                raise _judged(error.recipients[0].code) from error
            except SMTPNotSupported as error:
                raise RequestRejected("the server takes no address beyond ASCII") from error
            # The message is handed over: whatever the server does with the farewell is its own.
            with contextlib.suppress(SMTPException, OSError):
                await client.quit(timeout=QUIT_SECONDS)
        except SMTPResponseException as error:
            raise _judged(error.code) from error
        except (SMTPException, OSError) as error:
            raise DependencyFailed(f"no answer: {type(error).__name__}") from error
        finally:
            client.close()


def _judged(code: int) -> Exception:
    """Return what an answer means; its text may repeat the address, so only the code is kept."""
    if code in _SIGN_IN:
        return DependencyFailed(f"answered {code}: the user or the password is refused")
    if code in _PERMANENT:
        return RequestRejected(str(code))
    return DependencyFailed(f"answered {code}")
