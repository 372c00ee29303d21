"""A broker that lets nobody in who does not speak TLS and sign in.

It exists beside the broker of the run, which is open to whoever is on this machine.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.entry.cli.stack.kafka import KafkaBroker, KafkaCluster, client_of
from pfh.entry.cli.stack.local_process import free_port, private_file
from tests.servers.certificate import self_signed
from tests.servers.kafka import own_cluster
from tests.servers.run_directory import RunDirectory

USER: Final = "hub"
_ITERATIONS: Final = 4_096
_SECONDS: Final = 60.0
# These come after the lines of an open broker, and the last line counts. The open listener stays
# for the broker itself, and for whoever waits until it serves.
_GUARD: Final = """
listeners=PLAINTEXT://{open},GUARDED://{guarded},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://{open},GUARDED://{guarded}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,GUARDED:SASL_SSL
inter.broker.listener.name=PLAINTEXT
listener.name.guarded.ssl.keystore.type=PEM
listener.name.guarded.ssl.keystore.location={keystore}
listener.name.guarded.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.guarded.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


@dataclass
class GuardedBroker(KafkaBroker):
    """A broker with one more listener, of TLS and SCRAM-SHA-512, at `guarded`."""

    keystore: Path = Path()
    guarded: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")

    def format(self, configuration: str, cluster: str) -> None:
        """Write the configuration with the listener in it; see the open broker."""
        guard = _GUARD.format(
            open=self.address,
            guarded=self.guarded,
            controller_port=self.controller_port,
            keystore=self.keystore,
        )
        super().format(configuration + guard, cluster)


@dataclass(frozen=True)
class GuardedKafka:
    """One broker that runs, and what lets a client in.

    `address` is where it wants TLS and a user; `authority` is the certificate of 127.0.0.1 that a
    client must believe.
    """

    cluster: KafkaCluster
    address: str
    authority: Path
    password: str = field(repr=False)

    def settings(self, **more: str) -> dict[str, str]:
        """Return the settings of a hub that is let in."""
        return {
            "KAFKA_BROKERS": self.address,
            "KAFKA_TLS": "on",
            "KAFKA_CA_FILE": f"{self.authority}",
            "KAFKA_USER": USER,
            "KAFKA_PASSWORD": self.password,
            **more,
        }

    def options(self, **changes: Any) -> KafkaOptions:  # noqa: ANN401 -- fields of the options
        """Return how the adapter is told the same."""
        told: dict[str, Any] = {"tls": True, "ca_file": f"{self.authority}", "user": USER}
        told |= {"password": self.password, **changes}
        return KafkaOptions(brokers=(self.address,), **told)


def start_guarded_kafka(run: RunDirectory) -> GuardedKafka:
    """Return the broker, which runs.

    Raises:
        Missing: there is no Java or Maven, or it does not start.
    """
    cluster = own_cluster(run, brokers=1)
    (plain,) = cluster.brokers
    directory = plain.directory.parent
    directory.mkdir()
    certificate, key = self_signed(directory)
    keystore = directory / "keystore.pem"
    private_file(keystore, key.read_text("ascii") + certificate.read_text("ascii"))
    broker = GuardedBroker(plain.classes, plain.directory, plain.number, run.own_process)
    broker.keystore = keystore
    cluster.brokers = (broker,)
    cluster.start()
    made = GuardedKafka(cluster, broker.guarded, certificate, secrets.token_hex(16))
    _let_in(cluster.bootstrap, USER, made.password)
    # The broker may hear a moment later of whom its controller knows.
    AdminClient(made.options().configuration()).list_topics(timeout=_SECONDS)
    return made


def _let_in(bootstrap: str, user: str, password: str) -> None:
    """Make a user known, over the open listener: so the password is in no command line."""
    known = UserScramCredentialUpsertion(
        user,
        ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS),
        password=password.encode(),
    )
    # Collected, a client gives up what it was asked.
    client = client_of(bootstrap)
    for made in client.alter_user_scram_credentials([known]).values():
        made.result(timeout=_SECONDS)
