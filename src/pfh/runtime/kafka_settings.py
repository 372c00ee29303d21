"""The settings of Kafka, which carries events from the books to consumers in other processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pfh.runtime import setting_values as read
from pfh.runtime.setting_reader import Reader
from pfh.runtime.setting_values import Setting

KAFKA_BROKERS: Final = Setting(
    "KAFKA_BROKERS",
    read.server_list,
    "none: in the process",
    "Kafka brokers, host:port separated by commas, that carry events to consumers elsewhere.",
)
KAFKA_TLS: Final = Setting(
    "KAFKA_TLS",
    read.one_of("off", "on"),
    "off",
    "on: speak TLS to the brokers, and believe only a certificate that names the host.",
)
KAFKA_CA_FILE: Final = Setting(
    "KAFKA_CA_FILE",
    read.folder,
    "the system's",
    "PEM file of the authorities whose certificates the brokers may show.",
)
KAFKA_USER: Final = Setting(
    "KAFKA_USER",
    read.any_text,
    "none",
    "The user that signs in, by SASL with SCRAM-SHA-512; the password is never sent.",
)
KAFKA_PASSWORD: Final = Setting(
    "KAFKA_PASSWORD",
    read.safe_password,
    "required with a user",
    "Its password; or name a file in KAFKA_PASSWORD_FILE.",
    secret=True,
)
KAFKA_CONSUMER_THREADS: Final = Setting(
    "KAFKA_CONSUMER_THREADS",
    read.whole_number(1, 64),
    "4",
    "Households that one `pfh consume` works on at the same time.",
)
KAFKA_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    KAFKA_BROKERS, KAFKA_TLS, KAFKA_CA_FILE, KAFKA_USER, KAFKA_PASSWORD, KAFKA_CONSUMER_THREADS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """A cluster of brokers; `user` and `password` are both set or both None."""

    brokers: tuple[str, ...]
    tls: bool
    ca_file: Path | None
    user: str | None
    password: str | None = field(repr=False)
    consumer_threads: int


def read_kafka(reader: Reader) -> KafkaSettings | None:
    """Read what is set, None without brokers; half a cluster is a mistake."""
    if not reader.is_set(KAFKA_BROKERS):
        rest = (KAFKA_TLS, KAFKA_CA_FILE, KAFKA_USER, KAFKA_PASSWORD, KAFKA_CONSUMER_THREADS)
        reader.require_absent(rest, unless=KAFKA_BROKERS)
        return None
    signs_in = reader.is_set(KAFKA_USER)
    if not signs_in:
        reader.require_absent((KAFKA_PASSWORD,), unless=KAFKA_USER)
    return KafkaSettings(
        brokers=reader.required(KAFKA_BROKERS, ()),
        tls=reader.value(KAFKA_TLS, "off") == "on",
        ca_file=reader.authorities(KAFKA_CA_FILE, tls=KAFKA_TLS),
        user=reader.optional(KAFKA_USER),
        password=reader.secret(KAFKA_PASSWORD, required=True) if signs_in else None,
        consumer_threads=reader.value(KAFKA_CONSUMER_THREADS, 4),
    )
