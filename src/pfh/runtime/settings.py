"""The settings of one installation, read once from the environment and frozen.

It exists so that a wrong or half-set environment stops the start with words that say how to repair
it. docs/reference/settings.md is made from this module.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeAlias

from pfh.runtime import setting_values as read
from pfh.runtime.backup_settings import BACKUP_SETTINGS, BackupSettings, read_backup
from pfh.runtime.kafka_settings import KAFKA_BROKERS
from pfh.runtime.postgres_settings import (
    POSTGRES_HOST,
    POSTGRES_SETTINGS,
    PostgresSettings,
    read_postgres,
)
from pfh.runtime.server_settings import SERVER_SETTINGS, ServerSettings, read_servers
from pfh.runtime.setting_reader import Reader
from pfh.runtime.setting_values import Setting
from pfh.runtime.third_party_settings import (
    THIRD_PARTY_SETTINGS,
    ThirdPartySettings,
    read_third_parties,
)

HOST: Final = Setting(
    "HOST", read.any_text, "127.0.0.1", "Address to listen on; 0.0.0.0 for every interface."
)
PORT: Final = Setting("PORT", read.port_number, "3333", "TCP port; 0 takes a free one.")
DATA_DIR: Final = Setting(
    "PFH_DATA_DIR",
    read.folder,
    "the user's data folder",
    "Folder of the SQLite file, uploads, outgoing mail and the generated key.",
)
BASE_URL: Final = Setting(
    "PFH_BASE_URL",
    read.web_address,
    "http://localhost:PORT",
    "Address under which browsers reach the hub; https makes cookies secure and sends HSTS.",
)
LOG_FILE: Final = Setting(
    "PFH_LOG_FILE",
    read.folder,
    "none",
    "File for the JSON log beside standard output, such as /var/log/pfh/app.log; may be rotated.",
)
LOG_KEEP_DAYS: Final = Setting(
    "PFH_LOG_KEEP_DAYS",
    read.whole_number(0, 3650),
    "30",
    "Days that the daily files of PFH_LOG_FILE are kept; 0 leaves rotating them to logrotate.",
)
LOG_LEVEL: Final = Setting(
    "PFH_LOG_LEVEL",
    read.one_of(*read.LOG_LEVELS),
    "info",
    "Least level that is logged: debug, info, warning or error.",
)
IMPORT_MAX_BYTES: Final = Setting(
    "PFH_IMPORT_MAX_BYTES",
    read.byte_count,
    "512M",
    "Largest bank file that may be uploaded, in bytes or with K, M, G.",
)
BASE_CURRENCY: Final = Setting(
    "PFH_BASE_CURRENCY",
    read.currency_code,
    "EUR",
    "Currency of a new household until its owner chooses another.",
)
TIME_ZONE: Final = Setting(
    "PFH_TIME_ZONE", read.time_zone, "the machine's", "Time zone that decides which day is today."
)
NODE: Final = Setting(
    "PFH_NODE",
    read.whole_number(0, 1023),
    "drawn at start",
    "Number of this process in identifiers; processes that share a database should differ.",
)
ALLOWED_HOSTS: Final = Setting(
    "PFH_ALLOWED_HOSTS",
    read.name_list,
    "any",
    "Host names that requests may name, separated by commas; others get 400.",
)
TRUSTED_PROXIES: Final = Setting(
    "PFH_TRUSTED_PROXIES",
    read.name_list,
    "none",
    "Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
)
DRAIN_SECONDS: Final = Setting(
    "PFH_DRAIN_SECONDS",
    read.whole_number(0, 300),
    "0",
    "Seconds between answering 503 at /readyz and closing the port, for a load balancer to notice.",
)
STOP_SECONDS: Final = Setting(
    "PFH_STOP_SECONDS",
    read.whole_number(1, 300),
    "15",
    "Seconds that requests in flight may still take when the hub stops.",
)
PROBES_PORT: Final = Setting(
    "PFH_PROBES_PORT",
    read.port_number,
    "none",
    "TCP port at which processes without pages answer /livez, /readyz and /api/metrics.",
)
ADMIN_TOKEN: Final = Setting(
    "ADMIN_TOKEN",
    read.secret_key,
    "none",
    "Bearer token, 32 characters or more, that opens /api/metrics and /api/health/detailed.",
    secret=True,
)
SECRET_KEY: Final = Setting(
    "PFH_SECRET_KEY",
    read.secret_key,
    "made once and kept in the data folder",
    "Key, 32 characters or more, that signs access tokens; or name a file in PFH_SECRET_KEY_FILE.",
    secret=True,
)
MONGODB_URI: Final = Setting(
    "MONGODB_URI",
    read.mongodb_uri,
    "none: PostgreSQL",
    "MongoDB server or replica set of the dashboards' read models, such as"
    " mongodb://user:password@a,b,c/personal_finance?replicaSet=rs0&tls=true; or name a file in"
    " MONGODB_URI_FILE.",
    secret=True,
)
OTLP_ENDPOINT: Final = Setting(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    read.api_address,
    "none",
    "Collector that gets traces by OTLP over HTTP, such as http://jaeger:4318; OpenTelemetry's"
    " other variables hold too.",
)
ALL_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    HOST, PORT, DATA_DIR, BASE_URL, LOG_FILE, LOG_KEEP_DAYS, LOG_LEVEL, OTLP_ENDPOINT,
    IMPORT_MAX_BYTES, BASE_CURRENCY, TIME_ZONE, NODE, ALLOWED_HOSTS, TRUSTED_PROXIES,
    DRAIN_SECONDS, STOP_SECONDS, PROBES_PORT, ADMIN_TOKEN, SECRET_KEY, *POSTGRES_SETTINGS,
    MONGODB_URI, *SERVER_SETTINGS, *THIRD_PARTY_SETTINGS, *BACKUP_SETTINGS,
)  # fmt: skip
# Variables of the tests and benchmarks, which start the hub with their own environment.
_FOREIGN_PREFIXES: Final = ("PFH_TEST_", "PFH_BENCH_", "PFH_REQUIRE_SERVERS")
_SERVERS: Final = ("POSTGRES", "REDIS_", "KAFKA_", "S3_", "MONGO")
# MONGO_URI is near MONGODB_URI; KAFKA_BROKER_ID, which brokers read, is not near KAFKA_BROKERS.
_NEAR: Final = 0.88


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteSettings:
    """The books are one file; an absolute path."""

    path: Path

    @property
    def migration_url(self) -> str:
        """The address for the migrations' engine."""
        return f"sqlite:///{self.path}"


DatabaseSettings: TypeAlias = SqliteSettings | PostgresSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator may choose; see the constants above for the meaning of each."""

    host: str
    port: int
    data_dir: Path
    base_url: str
    log_file: Path | None
    log_keep_days: int = 30
    log_level: str
    otlp_endpoint: str | None = None
    import_max_bytes: int
    base_currency: str
    time_zone: str | None
    node: int | None
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    drain_seconds: int
    stop_seconds: int
    probes_port: int | None = None
    admin_token: bytes | None = field(repr=False)
    secret_key: bytes | None = field(repr=False)
    database: DatabaseSettings
    mongodb_uri: str | None = field(repr=False, default=None)
    servers: ServerSettings = field(default_factory=ServerSettings)
    third_parties: ThirdPartySettings = field(default_factory=ThirdPartySettings)
    backup: BackupSettings = field(default_factory=BackupSettings)

    @property
    def secure(self) -> bool:
        """Whether browsers reach the hub over https."""
        return self.base_url.startswith("https://")


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment (or from a mapping like it).

    Raises:
        SettingsInvalid: with every mistake at once.
    """
    reader = Reader(os.environ if environment is None else environment)
    reader.refuse_unknown("PFH_", _known_names(), _FOREIGN_PREFIXES)
    host, port = reader.value(HOST, "127.0.0.1"), reader.value(PORT, 3333)
    data_dir = reader.value(DATA_DIR, default_data_dir())
    settings = Settings(
        host=host,
        port=port,
        data_dir=data_dir,
        base_url=reader.value(BASE_URL, f"http://localhost:{port}"),
        log_file=reader.optional(LOG_FILE),
        log_keep_days=reader.value(LOG_KEEP_DAYS, 30),
        log_level=reader.value(LOG_LEVEL, "info"),
        otlp_endpoint=reader.optional(OTLP_ENDPOINT),
        import_max_bytes=reader.value(IMPORT_MAX_BYTES, 512 << 20),
        base_currency=reader.value(BASE_CURRENCY, "EUR"),
        time_zone=reader.optional(TIME_ZONE),
        node=reader.optional(NODE),
        allowed_hosts=reader.value(ALLOWED_HOSTS, ()),
        trusted_proxies=reader.value(TRUSTED_PROXIES, ()),
        drain_seconds=reader.value(DRAIN_SECONDS, 0),
        stop_seconds=reader.value(STOP_SECONDS, 15),
        probes_port=reader.optional(PROBES_PORT),
        admin_token=reader.secret(ADMIN_TOKEN),
        secret_key=reader.secret(SECRET_KEY),
        database=_database(reader, data_dir),
        mongodb_uri=reader.secret(MONGODB_URI),
        servers=read_servers(reader),
        third_parties=read_third_parties(reader),
        backup=read_backup(reader, data_dir),
    )
    reader.finish()
    return settings


def _database(reader: Reader, data_dir: Path) -> DatabaseSettings:
    postgres = read_postgres(reader)
    if postgres is None:
        reader.require_absent((MONGODB_URI, KAFKA_BROKERS), unless=POSTGRES_HOST)
        return SqliteSettings(path=data_dir / "pfh.sqlite")
    return postgres


def _known_names() -> frozenset[str]:
    names = {setting.name for setting in ALL_SETTINGS}
    return frozenset(names | {f"{setting.name}_FILE" for setting in ALL_SETTINGS if setting.secret})


def near_misses(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each variable that is nearly the name of a server's setting.

    They are no mistakes: other programs have variables that begin like these, too.
    """
    known = _known_names()
    found = []
    for name in sorted(environment):
        if name in known or not name.startswith(_SERVERS):
            continue
        if close := get_close_matches(name, sorted(known), n=1, cutoff=_NEAR):
            found.append(f"{name} is not a setting; did you mean {close[0]}?")
    return tuple(found)


def default_data_dir() -> Path:
    """Return where this system keeps the data of a user's programs, with `pfh` at the end."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "pfh"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "pfh"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "pfh"
