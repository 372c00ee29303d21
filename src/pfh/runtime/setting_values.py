"""Reading one setting's text into its value, and saying precisely what is wrong with it.

It exists so that a wrong environment stops the start with every mistake in one message, instead of
one at a time or, worse, later.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from pathlib import Path
from typing import Final, Generic, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from pfh.core.commodity import CurrencyUnknown, commodity

Value = TypeVar("Value")
_SIZE: Final = re.compile(r"(\d{1,15})\s*([KMG]i?B?)?", re.IGNORECASE)
_SIZE_FACTORS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_OBJECT_PREFIX: Final = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*")
SECRET_KEY_BYTES_MIN: Final = 32
PASSPHRASE_CHARACTERS_MIN: Final = 20
PORT_MAX: Final = 65_535
# From examples that were published with earlier versions, and the defaults of the servers' images.
LEAKED_PASSWORDS: Final = frozenset(
    {
        "admin", "change_me", "changeme", "kafka", "kafka_secure_2024", "minioadmin",
        "mongo_secure_2024", "password",
        "postgres", "postgres_secure_2024", "redis", "redis_cache_secure_2024",
        "redis_secure_2024", "secret", "secure_password",
    }
)  # fmt: skip
LOG_LEVELS: Final = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value]):
    """One environment variable.

    `parse` takes the non-empty text and raises ValueError with half a sentence ("must be …");
    `default` is the text shown in the documentation, `help` one or two sentences.
    """

    name: str
    parse: Callable[[str], Value]
    default: str
    help: str
    secret: bool = False


def any_text(text: str) -> str:
    """Take the text as it is."""
    return text


def port_number(text: str) -> int:
    """Read a TCP port, 0 (any free one) to 65535."""
    return whole_number(0, PORT_MAX)(text)


def server_port(text: str) -> int:
    """Read the TCP port of a server, 1 to 65535."""
    return whole_number(1, PORT_MAX)(text)


def port_list(text: str) -> tuple[int, ...]:
    """Read TCP ports of servers separated by commas."""
    return tuple(server_port(port.strip()) for port in text.split(","))


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Make a reader of whole numbers from `least` to `most`."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text[:18]) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}, not {text!r}")
        return int(text)

    return read


def byte_count(text: str) -> int:
    """Read a number of bytes, optionally with K, M or G (powers of 1024): `512M`."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"must be a number of bytes such as 1048576, 512M or 2G, not {text!r}")
    unit = (match.group(2) or "")[:1].upper()
    return int(match.group(1)) * _SIZE_FACTORS[unit]


def folder(text: str) -> Path:
    """Read a path; `~` is the home directory."""
    return Path(text).expanduser().absolute()


def one_of(*choices: str) -> Callable[[str], str]:
    """Make a reader of one word out of several, in any case."""

    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {text!r}")
        return text.lower()

    return read


def web_address(text: str) -> str:
    """Read an absolute http or https address without path, query or a final slash."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"must be an address such as https://money.example.org, not {text!r}")
    if parts.path.strip("/"):
        raise ValueError(f"must have no path; the hub lives at the root of a host, not at {text!r}")
    return f"{parts.scheme}://{parts.netloc}"


def api_address(text: str) -> str:
    """Read an absolute http or https address that may have a path; no query, no final slash."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"must be an address such as https://api.example.org/v1, not {text!r}")
    if parts.username is not None:
        raise ValueError("must hold no user or password")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def mail_sender(text: str) -> str:
    """Read a mail address, with a name before it in `Name <address>` or without."""
    name, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    if not local or "." not in domain or not address.isascii() or not text.isprintable():
        raise ValueError(f"must be an address such as Hub <hub@example.org>, not {text!r}")
    return formataddr((name, address))


def safe_password(text: str) -> str:
    """Read a password as it is, unless it is one that everybody knows from an example."""
    if text.lower() in LEAKED_PASSWORDS:
        raise ValueError(
            "is an example that anybody can read; set another one on the server, then here"
        )
    return text


def mongodb_uri(text: str) -> str:
    """Read a MongoDB connection string, unless everybody knows the password in it."""
    if not text.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("must begin with mongodb:// or mongodb+srv://")
    user_and_password, is_there, _ = text.partition("://")[2].partition("/")[0].rpartition("@")
    if is_there:
        try:
            safe_password(unquote(user_and_password.partition(":")[2]))
        except ValueError as error:
            raise ValueError(f"has a password that {error}") from error
    for name, path in parse_qsl(urlsplit(text).query):
        if name.lower() == "tlscafile" and not Path(path).is_file():
            raise ValueError(f"has a tlsCAFile that is not there ({path})")
    return text


def server_list(text: str) -> tuple[str, ...]:
    """Read host:port separated by commas, such as `kafka-1:9092,kafka-2:9092`."""
    servers = name_list(text)
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= PORT_MAX:
            raise ValueError(f"must be host:port, separated by commas, not {server!r}")
    if not servers:
        raise ValueError("must name at least one host:port")
    return servers


def name_list(text: str) -> tuple[str, ...]:
    """Read names separated by commas; the order is kept, empty ones are dropped."""
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


def currency_code(text: str) -> str:
    """Read an ISO 4217 code that the hub knows."""
    try:
        return commodity(text.upper()).code
    except CurrencyUnknown as error:
        raise ValueError(f"must be a currency code such as EUR or USD, not {text!r}") from error


def time_zone(text: str) -> str:
    """Read the name of a time zone of the IANA database."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"must be a time zone such as Europe/Berlin, not {text!r}") from error
    return text


def secret_key(text: str) -> bytes:
    """Read a key of at least 32 bytes of text."""
    key = text.encode()
    if len(key) < SECRET_KEY_BYTES_MIN:
        raise ValueError(f"must have at least {SECRET_KEY_BYTES_MIN} characters, it has {len(key)}")
    return key


def passphrase(text: str) -> bytes:
    """Read a key or a sentence of at least 20 characters."""
    if len(text) < PASSPHRASE_CHARACTERS_MIN:
        raise ValueError(
            f"must have at least {PASSPHRASE_CHARACTERS_MIN} characters, it has {len(text)}"
        )
    return text.encode()


def object_prefix(text: str) -> str:
    """Read the beginning of object names: lower-case words with `/` between them."""
    if not _OBJECT_PREFIX.fullmatch(text):
        raise ValueError(
            f"must be lower-case letters, digits, - and _, with / between, not {text!r}"
        )
    return text
