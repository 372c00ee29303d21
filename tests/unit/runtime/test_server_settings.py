"""Redis, Kafka and S3 are set whole or not at all, each on its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.runtime.kafka_settings import KafkaSettings
from pfh.runtime.server_settings import RedisSettings, S3Settings, ServerSettings
from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.setting_values import LEAKED_PASSWORDS
from pfh.runtime.settings import load_settings

MASTER = {"REDIS_HOST": "redis-master", "REDIS_PASSWORD": "correct horse"}
CACHE = {"REDIS_CACHE_HOST": "redis-cache", "REDIS_CACHE_PASSWORD": "battery staple"}
S3 = {
    "S3_ENDPOINT": "https://s3.example.org/",
    "S3_BUCKET": "pfh",
    "S3_ACCESS_KEY": "hub",
    "S3_SECRET_KEY": "correct horse",
}


def mistakes(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(environment)
    return list(caught.value.mistakes)


def test_has_no_server_when_none_is_set() -> None:
    assert load_settings({}).servers == ServerSettings()


def test_takes_each_server_alone() -> None:
    master = RedisSettings(
        host="redis-master",
        port=6379,
        password="correct horse",
        tls=False,
        ca_file=None,
        timeout_milliseconds=500,
    )
    assert load_settings(MASTER).servers == ServerSettings(redis_master=master)
    cache = load_settings({**CACHE, "REDIS_CACHE_PORT": "6380"}).servers
    assert cache.redis_master is None
    assert cache.redis_cache is not None
    assert (cache.redis_cache.port, cache.redis_cache.password) == (6380, "battery staple")
    assert load_settings(S3).servers == ServerSettings(
        s3=S3Settings(
            endpoint="https://s3.example.org",
            bucket="pfh",
            access_key="hub",
            secret_key="correct horse",
            region="us-east-1",
            ca_file=None,
        )
    )


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"REDIS_HOST": "r"}, "REDIS_PASSWORD"),
        ({"REDIS_CACHE_HOST": "r"}, "REDIS_CACHE_PASSWORD"),
        ({name: value for name, value in S3.items() if name != "S3_BUCKET"}, "S3_BUCKET"),
        ({name: value for name, value in S3.items() if name != "S3_SECRET_KEY"}, "S3_SECRET_KEY"),
    ],
)
def test_names_what_is_missing_when_a_server_is_half_set(
    environment: dict[str, str], missing: str
) -> None:
    (mistake,) = mistakes(environment)
    assert mistake.startswith(f"{missing} is missing")


@pytest.mark.parametrize(
    ("rest", "host"),
    [
        ("REDIS_PASSWORD", "REDIS_HOST"),
        ("REDIS_CACHE_PORT", "REDIS_CACHE_HOST"),
        ("REDIS_TLS", "REDIS_HOST"),
        ("S3_BUCKET", "S3_ENDPOINT"),
        ("S3_SECRET_KEY_FILE", "S3_ENDPOINT"),
    ],
)
def test_refuses_the_rest_of_a_server_when_its_address_is_missing(rest: str, host: str) -> None:
    value = {"REDIS_CACHE_PORT": "1", "REDIS_TLS": "on"}.get(rest, "/x")
    (mistake,) = mistakes({rest: value})
    assert f"{rest.removesuffix('_FILE')} is set but {host} is missing" in mistake


@pytest.mark.parametrize("leaked", sorted(LEAKED_PASSWORDS))
def test_refuses_a_password_that_everybody_knows_without_showing_it(leaked: str) -> None:
    (mistake,) = mistakes({**MASTER, "REDIS_PASSWORD": leaked.upper()})
    assert mistake == (
        "REDIS_PASSWORD is an example that anybody can read;"
        " set another one on the server, then here."
    )


def test_refuses_a_leaked_password_in_a_file_and_of_the_database(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("redis_secure_2024\n")
    environment = {"REDIS_HOST": "r", "REDIS_PASSWORD_FILE": str(path)}
    assert "anybody can read" in mistakes(environment)[0]
    postgres = {"POSTGRES_HOST": "h", "POSTGRES_DB": "d", "POSTGRES_USER": "u"}
    assert "anybody can read" in mistakes({**postgres, "POSTGRES_PASSWORD": "changeme"})[0]


@pytest.mark.parametrize("password", ["mongo_secure_2024", "Mongo%5Fsecure%5F2024"])
def test_refuses_a_leaked_password_in_the_address_of_mongodb(password: str) -> None:
    address = f"mongodb://hub:{password}@a:27017,b/finance?replicaSet=rs0"
    (mistake,) = mistakes({**POSTGRES, "MONGODB_URI": address})
    assert mistake == (
        "MONGODB_URI has a password that is an example that anybody can read;"
        " set another one on the server, then here."
    )
    own = address.replace(password, "correct%20horse")
    assert load_settings({**POSTGRES, "MONGODB_URI": own}).mongodb_uri == own
    assert load_settings({**POSTGRES, "MONGODB_URI": "mongodb://a/finance"}).mongodb_uri


def test_refuses_authorities_without_tls(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("-----BEGIN CERTIFICATE-----")
    (mistake,) = mistakes({**MASTER, "REDIS_CA_FILE": str(path)})
    assert "REDIS_TLS is not on" in mistake


def test_never_shows_a_secret_of_a_server() -> None:
    shown = repr(load_settings({**MASTER, **CACHE, **S3}))
    assert "correct horse" not in shown
    assert "battery staple" not in shown


POSTGRES = {
    "POSTGRES_HOST": "h",
    "POSTGRES_DB": "d",
    "POSTGRES_USER": "u",
    "POSTGRES_PASSWORD": "correct horse",
}
KAFKA = {**POSTGRES, "KAFKA_BROKERS": "kafka-1:9092, kafka-2:9093"}


def test_takes_kafka_beside_postgresql(tmp_path: Path) -> None:
    plain = KafkaSettings(
        brokers=("kafka-1:9092", "kafka-2:9093"),
        tls=False,
        ca_file=None,
        user=None,
        password=None,
        consumer_threads=4,
    )
    assert load_settings(KAFKA).servers == ServerSettings(kafka=plain)
    secret, authority = tmp_path / "secret", tmp_path / "ca.pem"
    secret.write_text("battery staple\n")
    authority.write_text("-----BEGIN CERTIFICATE-----")
    signing_in = {
        **KAFKA,
        "KAFKA_TLS": "on",
        "KAFKA_CA_FILE": str(authority),
        "KAFKA_USER": "hub",
        "KAFKA_PASSWORD_FILE": str(secret),
        "KAFKA_CONSUMER_THREADS": "64",
    }
    found = load_settings(signing_in).servers.kafka
    assert found is not None
    assert (found.tls, found.ca_file, found.user) == (True, authority, "hub")
    assert (found.password, found.consumer_threads) == ("battery staple", 64)
    assert "battery staple" not in repr(found)


def test_kafka_without_postgresql_names_what_is_missing() -> None:
    (mistake,) = mistakes({"KAFKA_BROKERS": "kafka-1:9092"})
    assert mistake.startswith("KAFKA_BROKERS is set but POSTGRES_HOST is missing")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({**POSTGRES, "KAFKA_TLS": "on"}, "KAFKA_BROKERS is missing"),
        ({**POSTGRES, "KAFKA_CONSUMER_THREADS": "4"}, "KAFKA_BROKERS is missing"),
        ({**KAFKA, "KAFKA_USER": "hub"}, "KAFKA_PASSWORD is missing"),
        ({**KAFKA, "KAFKA_PASSWORD": "battery staple"}, "KAFKA_USER is missing"),
        ({**KAFKA, "KAFKA_CA_FILE": "ca.pem"}, "KAFKA_TLS is not on"),
        ({**KAFKA, "KAFKA_CONSUMER_THREADS": "0"}, "from 1 to 64"),
        ({**KAFKA, "KAFKA_BROKERS": "kafka-1"}, "must be host:port"),
        ({**KAFKA, "KAFKA_BROKERS": "kafka-1:0"}, "must be host:port"),
        ({**KAFKA, "KAFKA_BROKERS": ","}, "at least one host:port"),
        ({**KAFKA, "KAFKA_USER": "hub", "KAFKA_PASSWORD": "kafka_secure_2024"}, "anybody can"),
    ],
)
def test_half_a_kafka_is_refused_with_what_to_repair(
    environment: dict[str, str], words: str
) -> None:
    (mistake,) = mistakes(environment)
    assert words in mistake


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "holds nothing"),
        (" \n", "holds nothing"),
        ("first\nsecond\n", "holds more than one line"),
    ],
)
def test_names_the_file_of_a_secret_that_holds_none(
    tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / "password"
    path.write_text(content)
    (mistake,) = mistakes({"REDIS_HOST": "r", "REDIS_PASSWORD_FILE": str(path)})
    assert mistake == f"REDIS_PASSWORD_FILE: {path} {words}."


def test_takes_a_secret_without_the_end_of_its_line(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"correct horse\r\n")
    found = load_settings({"REDIS_HOST": "r", "REDIS_PASSWORD_FILE": str(path)}).servers
    assert found.redis_master is not None
    assert found.redis_master.password == "correct horse"


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("POSTGRES_CA_FILE", {**POSTGRES, "POSTGRES_TLS": "on"}),
        ("REDIS_CA_FILE", {**MASTER, **CACHE, "REDIS_TLS": "on"}),
        ("KAFKA_CA_FILE", {**POSTGRES, "KAFKA_BROKERS": "k:9092", "KAFKA_TLS": "on"}),
        ("S3_CA_FILE", S3),
    ],
)
def test_refuses_authorities_that_are_not_there_or_none(
    tmp_path: Path, name: str, environment: dict[str, str]
) -> None:
    path = tmp_path / "ca.pem"
    environment = {**environment, name: str(path)}
    assert mistakes(environment) == [f"{name}: there is no file {path}."]
    path.write_text("no certificate")
    assert mistakes(environment) == [f"{name}: {path} holds no certificate in PEM."]
    path.unlink()
    path.mkdir()
    assert mistakes(environment) == [f"{name} cannot be read ({path}): Is a directory."]


def test_refuses_authorities_of_an_address_without_tls(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("-----BEGIN CERTIFICATE-----")
    environment = {**S3, "S3_ENDPOINT": "http://s3.example.org", "S3_CA_FILE": str(path)}
    assert mistakes(environment) == ["S3_CA_FILE is set but S3_ENDPOINT is not https."]


def test_refuses_authorities_of_mongodb_that_are_not_there(tmp_path: Path) -> None:
    address = f"mongodb://pfh:correct%20horse@a/hub?tls=true&tlsCAFile={tmp_path}/ca.pem"
    (mistake,) = mistakes({**POSTGRES, "MONGODB_URI": address})
    assert mistake == f"MONGODB_URI has a tlsCAFile that is not there ({tmp_path}/ca.pem)."


def test_tells_a_mistake_that_two_servers_share_once() -> None:
    environment = {**MASTER, **CACHE, "REDIS_TIMEOUT_MILLISECONDS": "soon"}
    (mistake,) = mistakes(environment)
    assert mistake.startswith("REDIS_TIMEOUT_MILLISECONDS must be a whole number")


@pytest.mark.parametrize("name", ["POSTGRES_PORT", "REDIS_PORT", "REDIS_CACHE_PORT"])
def test_no_server_is_at_port_0(name: str) -> None:
    (mistake,) = mistakes({**POSTGRES, **MASTER, **CACHE, name: "0"})
    assert mistake == f"{name} must be a whole number from 1 to 65535, not '0'."
