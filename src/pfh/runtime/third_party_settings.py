"""The settings of what others run: who carries the mail, and which language model may be asked.

Mail is a folder until exactly one of SendGrid and an SMTP server is set; the model is off until one
is named. Each is configured whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from pfh.runtime import setting_values as read
from pfh.runtime.setting_reader import Reader
from pfh.runtime.setting_values import Setting

SENDGRID_DEFAULT_URL: Final = "https://api.sendgrid.com"
OPENAI_DEFAULT_URL: Final = "https://api.openai.com/v1"
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})

MAIL_FROM: Final = Setting(
    "MAIL_FROM",
    read.mail_sender,
    "required with a server",
    "Sender of the hub's mail, such as Personal Finance Hub <hub@example.org>.",
)
SENDGRID_API_KEY: Final = Setting(
    "SENDGRID_API_KEY",
    read.safe_password,
    "none: the data folder",
    "Key of SendGrid, which then carries the mail; or name a file in SENDGRID_API_KEY_FILE.",
    secret=True,
)
SENDGRID_URL: Final = Setting(
    "SENDGRID_URL",
    read.web_address,
    SENDGRID_DEFAULT_URL,
    "Its address; https://api.eu.sendgrid.com for accounts in the EU.",
)
SMTP_HOST: Final = Setting(
    "SMTP_HOST", read.any_text, "none: the data folder", "Mail server that carries the mail."
)
SMTP_PORT: Final = Setting(
    "SMTP_PORT", read.port_number, "587, or 465 with SMTP_TLS=tls", "Its TCP port."
)
SMTP_USER: Final = Setting(
    "SMTP_USER", read.any_text, "none", "User that signs in there; then SMTP_PASSWORD is required."
)
SMTP_PASSWORD: Final = Setting(
    "SMTP_PASSWORD",
    read.safe_password,
    "none",
    "The user's password; or name a file in SMTP_PASSWORD_FILE.",
    secret=True,
)
SMTP_TLS: Final = Setting(
    "SMTP_TLS",
    read.one_of("starttls", "tls", "off"),
    "starttls",
    "starttls, tls (from the first byte) or off; the certificate must name the host.",
)
SMTP_CA_FILE: Final = Setting(
    "SMTP_CA_FILE",
    read.folder,
    "the system's",
    "PEM file of the authorities whose certificates it may show.",
)
OPENAI_MODEL: Final = Setting(
    "OPENAI_MODEL",
    read.any_text,
    "none: off",
    "Name of the language model that may be asked; nothing is sent anywhere without it.",
)
OPENAI_API_KEY: Final = Setting(
    "OPENAI_API_KEY",
    read.safe_password,
    "required at api.openai.com",
    "Its key; or name a file in OPENAI_API_KEY_FILE.",
    secret=True,
)
OPENAI_BASE_URL: Final = Setting(
    "OPENAI_BASE_URL",
    read.api_address,
    OPENAI_DEFAULT_URL,
    "Address of a server that speaks OpenAI's API, up to /v1, such as http://localhost:11434/v1.",
)
OPENAI_TIMEOUT_SECONDS: Final = Setting(
    "OPENAI_TIMEOUT_SECONDS",
    read.whole_number(1, 300),
    "20",
    "Seconds after which an answer is no longer waited for.",
)
OPENAI_DAILY_TOKENS: Final = Setting(
    "OPENAI_DAILY_TOKENS",
    read.whole_number(1, 10**12),
    "200000",
    "Most tokens of all processes in a day of UTC, questions and answers together.",
)
_SMTP_REST: Final[tuple[Setting[Any], ...]] = (
    SMTP_PORT, SMTP_USER, SMTP_PASSWORD, SMTP_TLS, SMTP_CA_FILE,
)  # fmt: skip
_MODEL_REST: Final[tuple[Setting[Any], ...]] = (
    OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_TIMEOUT_SECONDS, OPENAI_DAILY_TOKENS,
)  # fmt: skip
THIRD_PARTY_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    MAIL_FROM, SENDGRID_API_KEY, SENDGRID_URL, SMTP_HOST, *_SMTP_REST, OPENAI_MODEL, *_MODEL_REST,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSettings:
    """Mail is written to a folder of the data directory; `sender` may be None."""

    sender: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridSettings:
    """SendGrid carries the mail; no field can be half set."""

    sender: str
    key: str = field(repr=False)
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """A mail server carries the mail; `tls` is starttls, tls or off."""

    sender: str
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: str
    ca_file: Path | None


MailSettings: TypeAlias = FolderSettings | SendGridSettings | SmtpSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """A language model may be asked."""

    model: str
    url: str
    key: str | None = field(repr=False)
    timeout_seconds: int
    tokens_per_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdPartySettings:
    """What others run; the defaults send nothing anywhere."""

    mail: MailSettings = field(default_factory=FolderSettings)
    model: ModelSettings | None = None


def read_third_parties(reader: Reader) -> ThirdPartySettings:
    """Read what is set; half a server is a mistake that names the missing half."""
    return ThirdPartySettings(mail=_mail(reader), model=_model(reader))


def _mail(reader: Reader) -> MailSettings:
    if reader.is_set(SENDGRID_API_KEY) and reader.is_set(SMTP_HOST):
        reader.mistake("SENDGRID_API_KEY and SMTP_HOST are both set; one carries the mail.")
    if reader.is_set(SMTP_HOST):
        reader.require_absent((SENDGRID_URL,), unless=SENDGRID_API_KEY)
        return _smtp(reader)
    reader.require_absent(_SMTP_REST, unless=SMTP_HOST)
    if reader.is_set(SENDGRID_API_KEY):
        return SendGridSettings(
            sender=reader.required(MAIL_FROM, ""),
            key=reader.secret(SENDGRID_API_KEY) or "",
            url=reader.value(SENDGRID_URL, SENDGRID_DEFAULT_URL),
        )
    reader.require_absent((SENDGRID_URL,), unless=SENDGRID_API_KEY)
    return FolderSettings(sender=reader.optional(MAIL_FROM))


def _smtp(reader: Reader) -> SmtpSettings:
    tls = reader.value(SMTP_TLS, "starttls")
    host = reader.value(SMTP_HOST, "")
    user = reader.optional(SMTP_USER)
    if user is None:
        reader.require_absent((SMTP_PASSWORD,), unless=SMTP_USER)
    elif tls == "off" and host not in _THIS_MACHINE:
        reader.mistake("SMTP_TLS is off: SMTP_PASSWORD would cross the network readable.")
    if tls == "off" and reader.is_set(SMTP_CA_FILE):
        reader.mistake("SMTP_CA_FILE is set but SMTP_TLS is off.")
    return SmtpSettings(
        sender=reader.required(MAIL_FROM, ""),
        host=host,
        port=reader.value(SMTP_PORT, 465 if tls == "tls" else 587),
        user=user,
        password=None if user is None else reader.secret(SMTP_PASSWORD, required=True),
        tls=tls,
        ca_file=reader.optional(SMTP_CA_FILE),
    )


def _model(reader: Reader) -> ModelSettings | None:
    if not reader.is_set(OPENAI_MODEL):
        reader.require_absent(_MODEL_REST, unless=OPENAI_MODEL)
        return None
    url = reader.value(OPENAI_BASE_URL, OPENAI_DEFAULT_URL)
    key = reader.secret(OPENAI_API_KEY, required=url == OPENAI_DEFAULT_URL)
    parts = urlsplit(url)
    if key is not None and parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
        reader.mistake("OPENAI_BASE_URL is http: OPENAI_API_KEY would cross the network readable.")
    return ModelSettings(
        model=reader.value(OPENAI_MODEL, ""),
        url=url,
        key=key,
        timeout_seconds=reader.value(OPENAI_TIMEOUT_SECONDS, 20),
        tokens_per_day=reader.value(OPENAI_DAILY_TOKENS, 200_000),
    )
