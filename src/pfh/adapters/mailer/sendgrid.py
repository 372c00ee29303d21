"""The mail port on SendGrid's Web API v3: https://docs.sendgrid.com/api-reference/mail-send.

SendGrid knows no idempotency key. It takes a message over with 202; when that answer is lost, the
message is sent again under the same `Message-ID` and the same `pfh_message_id` argument, by which
its event log shows the pair.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any, Final

from pfh.adapters.dependencies.dependency import Dependency, DependencyFailed, RequestRejected
from pfh.adapters.dependencies.http_exchange import HttpExchange
from pfh.adapters.mailer.mime import message_id_of, refuse_injection
from pfh.observability.masking import clean
from pfh.ports.mailer import MailerUnavailable, Message, MessageRefused

TIMEOUT_SECONDS: Final = 10.0
_ACCEPTED: Final = 202
_REFUSALS: Final = range(400, 500)
_REASON_LENGTH_MAX: Final = 200
# Counting clicks would send each reader, and the code in the link, through another company's host.
_NO_TRACKING: Final = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridOptions:
    """Where and as whom to send; `sender` is `Name <address>`, verified at SendGrid."""

    url: str
    key: str = field(repr=False)
    sender: str


def sendgrid_exchange(options: SendGridOptions) -> HttpExchange:
    """Return the authorised exchange with the API."""
    return HttpExchange(options.url, {"Authorization": f"Bearer {options.key}"})


class SendGridMailer:
    """Posts each message to `/v3/mail/send`."""

    def __init__(self, options: SendGridOptions, dependency: Dependency | None = None) -> None:
        """Take the options; nothing is opened yet."""
        self._sender = options.sender
        self._exchange = sendgrid_exchange(options)
        self._dependency = dependency or Dependency("sendgrid", timeout_seconds=TIMEOUT_SECONDS)

    @property
    def delivers(self) -> bool:
        """Always."""
        return True

    async def send(self, message: Message) -> None:
        """Post the message; see the port."""
        refuse_injection(message)
        body = _body(message, self._sender)
        try:
            await self._dependency.call(lambda: self._post(body))
        except DependencyFailed as error:
            raise MailerUnavailable(
                f"SendGrid: {error}",
                retry_after_seconds=error.retry_after_seconds,
                was_tried=error.was_tried,
            ) from error
        except RequestRejected as error:
            raise MessageRefused(f"SendGrid refuses the message: {error}") from error

    async def _post(self, body: dict[str, Any]) -> None:
        answer = await self._exchange.request("POST", "/v3/mail/send", json=body)
        if answer.status == _ACCEPTED:
            return
        if answer.status in _REFUSALS:
            raise RequestRejected(f"{answer.status} {_reason(answer.body)}".strip())
        # A login page of a hotel answers 200 to everything; only 202 means taken over.
        raise DependencyFailed(f"answered {answer.status} instead of {_ACCEPTED}")

    async def close(self) -> None:
        """Close the kept connections."""
        await self._exchange.close()


def _body(message: Message, sender: str) -> dict[str, Any]:
    name, address = parseaddr(sender)
    content = [{"type": "text/plain", "value": message.text}]
    if message.html is not None:
        content.append({"type": "text/html", "value": message.html})
    return {
        "personalizations": [
            {
                "to": [{"email": message.to}],
                "custom_args": {"pfh_message_id": str(message.message_id)},
            }
        ],
        "from": {"email": address, "name": name} if name else {"email": address},
        "subject": message.subject,
        "content": content,
        "headers": {
            "Message-ID": message_id_of(message, sender),
            "Auto-Submitted": "auto-generated",
        },
        "tracking_settings": _NO_TRACKING,
    }


def _reason(body: bytes) -> str:
    """Return SendGrid's own words for a refusal, without addresses in them."""
    try:
        words = str(json.loads(body)["errors"][0]["message"])
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return clean(words)[:_REASON_LENGTH_MAX]
