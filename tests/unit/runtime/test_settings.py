"""Settings come from the environment whole, or not at all and with every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import (
    ALL_SETTINGS,
    SqliteSettings,
    default_data_dir,
    load_settings,
    near_misses,
)
from pfh.runtime.third_party_settings import ThirdPartySettings

POSTGRES = {
    "POSTGRES_HOST": "db.example.org",
    "POSTGRES_DB": "personal_finance",
    "POSTGRES_USER": "pfh",
    "POSTGRES_PASSWORD": "s/e:c@ret",
}


def mistakes(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(environment)
    return list(caught.value.mistakes)


def test_uses_the_defaults_when_nothing_is_set() -> None:
    settings = load_settings({})
    assert (settings.host, settings.port) == ("127.0.0.1", 3333)
    assert settings.base_url == "http://localhost:3333"
    assert settings.import_max_bytes == 512 * 1024 * 1024
    assert settings.database == SqliteSettings(path=default_data_dir() / "pfh.sqlite")
    assert not settings.secure


def test_reads_every_kind_of_value(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "HOST": "0.0.0.0",  # noqa: S104 -- a value, nothing listens
            "PORT": "8080",
            "PFH_DATA_DIR": str(tmp_path),
            "PFH_BASE_URL": "https://money.example.org/",
            "PFH_LOG_FILE": "/var/log/pfh/app.log",
            "PFH_LOG_LEVEL": "DEBUG",
            "PFH_IMPORT_MAX_BYTES": "2G",
            "PFH_BASE_CURRENCY": "chf",
            "PFH_TIME_ZONE": "Europe/Zurich",
            "PFH_ALLOWED_HOSTS": "Money.example.org, localhost,",
            "PFH_NODE": "7",
        }
    )
    assert settings.port == 8080
    assert settings.base_url == "https://money.example.org"
    assert settings.secure
    assert settings.log_file == Path("/var/log/pfh/app.log")
    assert settings.log_level == "debug"
    assert settings.import_max_bytes == 2 * 1024**3
    assert settings.base_currency == "CHF"
    assert settings.allowed_hosts == ("money.example.org", "localhost")
    assert settings.database == SqliteSettings(path=tmp_path / "pfh.sqlite")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "http", "a whole number from 0 to 65535"),
        ("PORT", "70000", "a whole number from 0 to 65535"),
        ("PORT", "-1", "a whole number"),
        ("PFH_BASE_URL", "money.example.org", "an address such as"),
        ("PFH_BASE_URL", "https://example.org/money", "no path"),
        ("PFH_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("PFH_IMPORT_MAX_BYTES", "much", "a number of bytes"),
        ("PFH_BASE_CURRENCY", "EURO", "a currency code"),
        ("PFH_TIME_ZONE", "Mars/Olympus", "a time zone"),
        ("PFH_SECRET_KEY", "short", "at least 32"),
    ],
)
def test_names_the_setting_and_the_form_when_a_value_is_wrong(
    name: str, value: str, words: str
) -> None:
    (mistake,) = mistakes({name: value})
    assert mistake.startswith(name)
    assert words in mistake


def test_tells_all_mistakes_at_once() -> None:
    assert len(mistakes({"PORT": "x", "PFH_LOG_LEVEL": "y", "PFH_DATADIR": "/d"})) == 3


@pytest.mark.parametrize(
    ("name", "near"),
    [("PFH_DATADIR", "PFH_DATA_DIR"), ("PFH_PROT", "PORT"), ("PFH_LOGLEVEL", "PFH_LOG_LEVEL")],
)
def test_hints_at_the_near_name_when_a_variable_is_unknown(name: str, near: str) -> None:
    assert mistakes({name: "1"}) == [f"{name} is not a setting; did you mean {near}?"]


def test_lets_variables_of_tests_and_others_be() -> None:
    load_settings({"PFH_TEST_POSTGRES": "x", "PFH_REQUIRE_SERVERS": "postgres", "PATH": "/bin"})


def test_takes_postgres_when_its_host_is_set() -> None:
    database = load_settings(POSTGRES).database
    assert isinstance(database, PostgresSettings)
    assert database.url == "postgresql://pfh:s%2Fe%3Ac%40ret@db.example.org:5432/personal_finance"
    assert database.pool_size == 10


@pytest.mark.parametrize("missing", ["POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"])
def test_names_what_is_missing_when_postgres_is_half_set(missing: str) -> None:
    half = {name: value for name, value in POSTGRES.items() if name != missing}
    (mistake,) = mistakes(half)
    assert mistake.startswith(f"{missing} is missing")


def test_refuses_the_rest_of_postgres_when_its_host_is_missing() -> None:
    (mistake,) = mistakes({"POSTGRES_DB": "x", "POSTGRES_PASSWORD_FILE": "/f"})
    assert "POSTGRES_DB, POSTGRES_PASSWORD are set but POSTGRES_HOST is missing" in mistake


def test_takes_several_hosts_with_a_port_for_all_or_for_each() -> None:
    several = {**POSTGRES, "POSTGRES_HOST": "a.example, b.example", "POSTGRES_READ_HOST": "::1"}
    database = load_settings(
        {**several, "POSTGRES_PORT": "6000", "POSTGRES_READ_PORT": "7"}
    ).database
    assert isinstance(database, PostgresSettings)
    assert database.address == "a.example:6000,b.example:6000/personal_finance"
    assert "@a.example:6000,b.example:6000/" in database.url
    assert (database.read_address, database.read_url) == (
        "[::1]:7/personal_finance",
        "postgresql://pfh:s%2Fe%3Ac%40ret@[::1]:7/personal_finance",
    )
    for_each = load_settings({**several, "POSTGRES_PORT": "6000,6001"}).database
    assert isinstance(for_each, PostgresSettings)
    assert for_each.places == (("a.example", 6000), ("b.example", 6001))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"POSTGRES_PORT": "1,2"}, "POSTGRES_PORT has 2 ports for 1 hosts in POSTGRES_HOST"),
        ({"POSTGRES_PORT": "1;2"}, "POSTGRES_PORT must be a whole number"),
        (
            {"POSTGRES_READ_PORT": "1"},
            "set but POSTGRES_READ_HOST is missing",
        ),
        ({"POSTGRES_CA_FILE": __file__}, "POSTGRES_CA_FILE is set but POSTGRES_TLS is not on"),
        ({"POSTGRES_TLS": "on", "POSTGRES_CA_FILE": "/gone"}, "there is no file /gone"),
        ({"POSTGRES_HOST": "", "POSTGRES_READ_HOST": "r"}, "POSTGRES_HOST is missing"),
    ],
)
def test_says_what_is_half_set_of_a_replica_or_of_tls(more: dict[str, str], words: str) -> None:
    (mistake,) = mistakes({**POSTGRES, **more})
    assert words in mistake


def test_demands_a_certificate_when_tls_is_on() -> None:
    tls = {"POSTGRES_TLS": "on", "POSTGRES_READ_HOST": "r"}
    database = load_settings({**POSTGRES, **tls}).database
    assert isinstance(database, PostgresSettings)
    assert database.url.endswith("/personal_finance?sslmode=verify-full")
    assert str(database.read_url).endswith("/personal_finance?sslmode=verify-full")


def test_reads_a_secret_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("0123456789abcdef0123456789abcdef\n")
    assert load_settings({"PFH_SECRET_KEY_FILE": str(path)}).secret_key == (
        b"0123456789abcdef0123456789abcdef"
    )


def test_refuses_a_secret_that_is_given_twice_or_nowhere(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    assert "not both" in mistakes({"PFH_SECRET_KEY": "x" * 40, "PFH_SECRET_KEY_FILE": gone})[0]
    assert "No such file" in mistakes({"PFH_SECRET_KEY_FILE": gone})[0]


def test_empty_file_of_a_secret_is_as_if_nothing_were_set(tmp_path: Path) -> None:
    path = tmp_path / "sendgrid"
    path.write_text("\n", "ascii")
    chosen = {"SENDGRID_API_KEY_FILE": str(path), "SMTP_PASSWORD_FILE": str(path)}
    assert load_settings(chosen).third_parties == ThirdPartySettings()
    path.write_text("SG.key\n", "ascii")
    assert "MAIL_FROM is missing" in mistakes({"SENDGRID_API_KEY_FILE": str(path)})[0]


def test_never_shows_a_secret() -> None:
    settings = load_settings({**POSTGRES, "PFH_SECRET_KEY": "k" * 40, "ADMIN_TOKEN": "t" * 40})
    shown = repr(settings)
    assert not any(secret in shown for secret in ("s/e:c@ret", "kkkk", "tttt"))
    assert "verysecret" not in "".join(mistakes({"PFH_SECRET_KEY": "verysecret"}))


def test_every_setting_says_what_it_means() -> None:
    assert all(setting.help.endswith(".") and setting.default for setting in ALL_SETTINGS)
    assert len({setting.name for setting in ALL_SETTINGS}) == len(ALL_SETTINGS)


def test_tells_of_names_that_are_nearly_those_of_a_server() -> None:
    others = ("POSTGRES_HOST_AUTH_METHOD", "KAFKA_BROKER_ID", "REDIS_PORT_6379_TCP", "S3_REGIONS_X")
    environment = dict.fromkeys(("POSTGRES_HOTS", "MONGO_URI", "KAFKA_BROKER", *others), "x")
    assert near_misses(environment) == (
        "KAFKA_BROKER is not a setting; did you mean KAFKA_BROKERS?",
        "MONGO_URI is not a setting; did you mean MONGODB_URI?",
        "POSTGRES_HOTS is not a setting; did you mean POSTGRES_HOST?",
    )
    assert near_misses({"POSTGRES_HOST": "h", "REDIS_PASSWORD_FILE": "f"}) == ()
