"""A broker that speaks TLS alone and knows one user: who is let in, and what others are told."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pfh.adapters.event_stream import kafka_publisher
from pfh.adapters.event_stream.kafka_lag import ClusterLag, KafkaLag
from pfh.adapters.event_stream.kafka_offsets import KafkaOffsets
from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_publisher import KafkaPublisher
from pfh.adapters.event_stream.kafka_subscription import KafkaSubscription
from pfh.ports.event_stream import StreamUnavailable
from pfh.runtime.event_routing import TRANSACTIONS
from pfh.runtime.probes import Probe, probe_servers
from pfh.runtime.server_options import kafka_options
from pfh.runtime.settings import Settings, load_settings
from tests.contract.event_stream_contract import (
    ANN,
    BEN,
    closing,
    names,
    poll_until,
    poll_until_unavailable,
    series,
)
from tests.e2e.program import COMMAND
from tests.integration.identity.hub import logged
from tests.servers import registry
from tests.servers.certificate import self_signed
from tests.servers.found import Missing
from tests.servers.guarded_kafka import GuardedKafka, start_guarded_kafka
from tests.servers.run_directory import RunDirectory
from tests.waiting import eventually, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.kafka]
WRONG_PASSWORD = "a password of nobody at all"
BOOKS = {
    "POSTGRES_HOST": "127.0.0.1",
    "POSTGRES_DB": "unused",
    "POSTGRES_USER": "unused",
    "POSTGRES_PASSWORD": "of no server of this test",
}


@pytest.fixture(scope="module")
def guarded(run_directory: RunDirectory) -> Iterator[GuardedKafka]:
    """Return the broker, with the hub's topics in it, made by the command of the operator."""
    try:
        made = start_guarded_kafka(run_directory)
    except Missing as missing:
        registry.give_up("kafka", str(missing))
    done = topics(made.settings(), "apply")
    assert (done.returncode, done.stdout.count("created")) == (0, 10), done.stderr
    yield made
    made.cluster.kill()


def topics(kafka: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `pfh topics` as an operator does, with these settings of Kafka."""
    environment = {**os.environ, "PYTHONPATH": "src", "COLUMNS": "200", **BOOKS, **kafka}
    return subprocess.run(
        [*COMMAND, "topics", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def settings_of(guarded: GuardedKafka, **kafka: str | None) -> Settings:
    """Return the settings of a hub that is let in, but for what is told; None leaves one out."""
    told = {**guarded.settings(), **kafka, **BOOKS}
    return load_settings({name: value for name, value in told.items() if value is not None})


def probe(settings: Settings) -> Probe:
    async def answers() -> list[Probe]:
        return list(await asyncio.gather(*probe_servers(settings)))

    return next(one for one in asyncio.run(answers()) if one.name == "kafka")


@dataclass(frozen=True)
class Stranger:
    """Settings that do not fit the broker, and what is told of them."""

    name: str
    changes: dict[str, str | None]
    state: str
    words: str
    is_told_by_the_library: bool = True


STRANGERS = (
    Stranger("another authority", {"KAFKA_CA_FILE": "another"}, "failed", "verify failed"),
    Stranger("no authority", {"KAFKA_CA_FILE": None}, "failed", "verify failed"),
    Stranger(
        "wrong password",
        {"KAFKA_PASSWORD": WRONG_PASSWORD},
        "wrong password",
        "the brokers refuse KAFKA_USER or KAFKA_PASSWORD",
    ),
    Stranger(
        "no user",
        {"KAFKA_USER": None, "KAFKA_PASSWORD": None},
        "failed",
        "they want KAFKA_TLS or KAFKA_USER otherwise",
        is_told_by_the_library=False,
    ),
    Stranger(
        "no TLS",
        {"KAFKA_TLS": None, "KAFKA_CA_FILE": None},
        "failed",
        "they want KAFKA_TLS or KAFKA_USER otherwise",
        is_told_by_the_library=False,
    ),
)


@pytest.fixture(params=STRANGERS, ids=lambda stranger: stranger.name)
def stranger(request: pytest.FixtureRequest, tmp_path: Path) -> Stranger:
    found: Stranger = request.param
    if not found.changes.get("KAFKA_CA_FILE"):
        return found
    another, _ = self_signed(tmp_path)
    return replace(found, changes={"KAFKA_CA_FILE": f"{another}"})


async def test_events_travel_with_a_user_and_a_certificate_of_its_authority(
    guarded: GuardedKafka,
) -> None:
    publisher = KafkaPublisher(guarded.options())
    member = KafkaSubscription(guarded.options(), "guarded", [TRANSACTIONS])
    sent = series(TRANSACTIONS, [ANN, BEN], range(1, 4))
    async with closing(publisher, member):
        await publisher.publish(sent)
        came = await poll_until(member, len(sent))
        await member.commit(came)
    wanted = [(one.event.household_id, one.event.household_seq) for one in sent]
    assert sorted(names(came)) == sorted(wanted)


def test_who_is_let_in_is_told_so(guarded: GuardedKafka, tmp_path: Path) -> None:
    settings = settings_of(guarded)
    wait_until(lambda: probe(settings).state == "ok", what="an answer in time")
    password = tmp_path / "password"
    password.write_text(guarded.password)
    from_file = {**guarded.settings(), "KAFKA_PASSWORD_FILE": f"{password}"}
    del from_file["KAFKA_PASSWORD"]
    checked = topics(from_file, "apply", "--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert guarded.password not in checked.stdout + checked.stderr


def test_check_of_the_settings_says_why_somebody_is_not_let_in(
    guarded: GuardedKafka, stranger: Stranger
) -> None:
    settings = settings_of(guarded, **stranger.changes)

    def told() -> bool:
        found = probe(settings)
        assert found.failed
        return found.state == stranger.state and stranger.words in found.detail

    # A machine that is busy for seconds tells first that nobody answers.
    wait_until(told, what=stranger.words)


def test_command_that_is_not_let_in_says_why_and_keeps_the_secret(guarded: GuardedKafka) -> None:
    refused = topics(guarded.settings(KAFKA_PASSWORD=WRONG_PASSWORD), "apply")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "Kafka cannot be asked: the brokers refuse KAFKA_USER or KAFKA_PASSWORD" in (
        refused.stderr
    )
    assert WRONG_PASSWORD not in refused.stderr


def ask_lag(options: KafkaOptions) -> None:
    KafkaLag(options, {"strangers": [TRANSACTIONS]}).measure()


def ask_offsets(options: KafkaOptions) -> None:
    KafkaOffsets(options).state("strangers")


@pytest.mark.parametrize("ask", [ask_lag, ask_offsets])
def test_operators_who_ask_for_offsets_and_are_not_let_in_are_told_which_setting(
    guarded: GuardedKafka, stranger: Stranger, ask: Callable[[KafkaOptions], None]
) -> None:
    kafka = settings_of(guarded, **stranger.changes).servers.kafka
    assert kafka is not None
    options = kafka_options(kafka)

    def told() -> bool:
        with pytest.raises(StreamUnavailable) as refused:
            ask(options)
        assert str(refused.value).endswith(f"(KAFKA_BROKERS={options.brokers[0]})")
        assert WRONG_PASSWORD not in str(refused.value)
        return stranger.words in str(refused.value) and bool(
            re.search("KAFKA_(CA_FILE|PASSWORD|TLS)", str(refused.value))
        )

    # A machine that is busy for seconds tells first that nobody answers.
    wait_until(told, what=stranger.words)


def test_who_is_let_in_again_is_measured_by_the_same_client(guarded: GuardedKafka) -> None:
    kafka = settings_of(guarded).servers.kafka
    assert kafka is not None
    lag = KafkaLag(kafka_options(kafka), {"strangers": [TRANSACTIONS]})
    lag._options = replace(lag._options, password=WRONG_PASSWORD)
    with pytest.raises(StreamUnavailable):
        lag.measure()
    lag._options = replace(lag._options, password=guarded.password)
    assert eventually_measured(lag).brokers == 1


def eventually_measured(lag: KafkaLag) -> ClusterLag:
    """Return what is measured once the brokers answer in time."""
    found: list[ClusterLag] = []

    def measured() -> bool:
        with suppress(StreamUnavailable):
            found.append(lag.measure())
        return bool(found)

    wait_until(measured, what="a measurement")
    return found[0]


@pytest.mark.parametrize(
    "stranger", [STRANGERS[0], *STRANGERS[2:4]], ids=lambda stranger: stranger.name, indirect=True
)
async def test_relay_and_consumer_that_are_not_let_in_log_why_and_keep_the_secret(
    guarded: GuardedKafka, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_publisher, "PUBLISH_SECONDS", 1.0)
    kafka = settings_of(guarded, **stranger.changes).servers.kafka
    assert kafka is not None
    options = kafka_options(kafka)
    publisher = KafkaPublisher(options)
    member = KafkaSubscription(options, "strangers", [TRANSACTIONS])
    # To a client of long ago, brokers that hang up are no other than brokers that are away.
    words = stranger.words if stranger.is_told_by_the_library else "no broker answers"

    async def publish() -> bool:
        with pytest.raises(StreamUnavailable) as refused:
            await publisher.publish(series(TRANSACTIONS, [ANN], [9]))
        return words in str(refused.value)

    async def poll() -> bool:
        return words in await poll_until_unavailable(member)

    with logged() as lines:
        async with closing(publisher, member):
            await eventually(publish, what=words)
            await eventually(poll, what=words)
    told = "".join(lines.texts)
    assert words in told
    assert guarded.password not in told
    assert WRONG_PASSWORD not in told
