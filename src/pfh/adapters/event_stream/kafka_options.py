"""Where the brokers are, how to sign in, and what the library is told for every kind of client."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

CLIENT_ID: Final = "pfh"
CONNECT_SECONDS: Final = 3.0
REQUEST_SECONDS: Final = 5.0
# What it cannot be told to keep to itself, instead of standard error.
_LIBRARY: Final = logging.getLogger("pfh.kafka_library")
Note: TypeAlias = "Callable[[KafkaError], None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """A cluster.

    `brokers` are host:port, any of which leads to the others; `ca_file` is a PEM file, None the
    system's trust. With a `user`, SCRAM-SHA-512 proves the password without sending it.
    """

    brokers: tuple[str, ...]
    tls: bool = False
    ca_file: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def configuration(self, note: Note | None = None) -> dict[str, Any]:
        """Return the library's settings of a client, password included: never log them.

        Args:
            note: is told whatever goes wrong in the background, while the client is polled.
        """
        told: dict[str, Any] = {
            "bootstrap.servers": ",".join(self.brokers),
            "client.id": CLIENT_ID,
            "security.protocol": ("SASL_" if self.user else "")
            + ("SSL" if self.tls else "PLAINTEXT"),
            # Everything is bounded: a broker that says nothing is one that does not serve.
            "socket.timeout.ms": round(REQUEST_SECONDS * 1000),
            "socket.connection.setup.timeout.ms": round(CONNECT_SECONDS * 1000),
            "reconnect.backoff.ms": 100,
            "reconnect.backoff.max.ms": 1_000,
            "socket.keepalive.enable": True,
            # A small message waits for no other.
            "socket.nagle.disable": True,
            "topic.metadata.refresh.interval.ms": 60_000,
            # Its own lines are not JSON; what it has to say comes by `error_cb`.
            "log_level": 0,
            "logger": _LIBRARY,
        }
        if note is not None:
            told["error_cb"] = note
        if self.user:
            told |= {
                "sasl.mechanisms": "SCRAM-SHA-512",
                "sasl.username": self.user,
                "sasl.password": self.password or "",
            }
        if self.tls:
            told |= {
                "enable.ssl.certificate.verification": True,
                "ssl.endpoint.identification.algorithm": "https",
            }
            if self.ca_file is not None:
                told["ssl.ca.location"] = self.ca_file
        return told
