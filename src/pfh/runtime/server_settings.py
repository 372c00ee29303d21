"""The settings of the servers that an installation may add to its database: Redis, Kafka and S3.

Each is configured whole or not at all, on its own. Passwords that anybody can read in the examples
of earlier versions are refused, for whoever copied one has an open door.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pfh.runtime import setting_values as read
from pfh.runtime.kafka_settings import KAFKA_SETTINGS, KafkaSettings, read_kafka
from pfh.runtime.setting_reader import Reader
from pfh.runtime.setting_values import Setting

REDIS_HOST: Final = Setting(
    "REDIS_HOST",
    read.any_text,
    "none: this process",
    "Redis or Valkey of sessions, throttles and signals; it must not evict (noeviction).",
)
REDIS_PORT: Final = Setting("REDIS_PORT", read.server_port, "6379", "Its TCP port.")
REDIS_PASSWORD: Final = Setting(
    "REDIS_PASSWORD",
    read.safe_password,
    "required",
    "Its password; or name a file in REDIS_PASSWORD_FILE.",
    secret=True,
)
REDIS_CACHE_HOST: Final = Setting(
    "REDIS_CACHE_HOST",
    read.any_text,
    "none: this process",
    "Redis or Valkey of the cache, which may evict (allkeys-lfu) and be emptied at any time.",
)
REDIS_CACHE_PORT: Final = Setting("REDIS_CACHE_PORT", read.server_port, "6379", "Its TCP port.")
REDIS_CACHE_PASSWORD: Final = Setting(
    "REDIS_CACHE_PASSWORD",
    read.safe_password,
    "required",
    "Its password; or name a file in REDIS_CACHE_PASSWORD_FILE.",
    secret=True,
)
REDIS_TLS: Final = Setting(
    "REDIS_TLS",
    read.one_of("off", "on"),
    "off",
    "on: speak TLS to both, and believe only a certificate that names the host.",
)
REDIS_CA_FILE: Final = Setting(
    "REDIS_CA_FILE",
    read.folder,
    "the system's",
    "PEM file of the authorities whose certificates both may show.",
)
REDIS_TIMEOUT_MILLISECONDS: Final = Setting(
    "REDIS_TIMEOUT_MILLISECONDS",
    read.whole_number(10, 60_000),
    "500",
    "How long a request waits for either before it goes on without.",
)
S3_ENDPOINT: Final = Setting(
    "S3_ENDPOINT",
    read.web_address,
    "none: the data folder",
    "S3 server of uploads, such as https://s3.example.org.",
)
S3_BUCKET: Final = Setting(
    "S3_BUCKET", read.any_text, "required", "The bucket of the uploads, which must exist."
)
S3_ACCESS_KEY: Final = Setting(
    "S3_ACCESS_KEY",
    read.safe_password,
    "required",
    "The name of its key; or name a file in S3_ACCESS_KEY_FILE.",
    secret=True,
)
S3_SECRET_KEY: Final = Setting(
    "S3_SECRET_KEY",
    read.safe_password,
    "required",
    "The key; or name a file in S3_SECRET_KEY_FILE.",
    secret=True,
)
S3_REGION: Final = Setting(
    "S3_REGION", read.any_text, "us-east-1", "Its region, where the vendor has several."
)
S3_CA_FILE: Final = Setting(
    "S3_CA_FILE",
    read.folder,
    "the system's",
    "PEM file of more authorities whose certificates it may show.",
)
SERVER_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    REDIS_HOST, REDIS_PORT, REDIS_PASSWORD, REDIS_CACHE_HOST, REDIS_CACHE_PORT,
    REDIS_CACHE_PASSWORD, REDIS_TLS, REDIS_CA_FILE, REDIS_TIMEOUT_MILLISECONDS,
    *KAFKA_SETTINGS, S3_ENDPOINT,
    S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY, S3_REGION, S3_CA_FILE,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """One Redis server; no field can be half set."""

    host: str
    port: int
    password: str = field(repr=False)
    tls: bool
    ca_file: Path | None
    timeout_milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Settings:
    """One bucket; no field can be half set."""

    endpoint: str
    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str
    ca_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The servers beside the database; None means that this process does that part itself."""

    redis_master: RedisSettings | None = None
    redis_cache: RedisSettings | None = None
    kafka: KafkaSettings | None = None
    s3: S3Settings | None = None


def read_servers(reader: Reader) -> ServerSettings:
    """Read what is set; half a server is a mistake that names the missing half."""
    master = _redis(reader, REDIS_HOST, REDIS_PORT, REDIS_PASSWORD)
    cache = _redis(reader, REDIS_CACHE_HOST, REDIS_CACHE_PORT, REDIS_CACHE_PASSWORD)
    if master is None and cache is None:
        shared = (REDIS_TLS, REDIS_CA_FILE, REDIS_TIMEOUT_MILLISECONDS)
        reader.require_absent(shared, unless=REDIS_HOST)
    return ServerSettings(
        redis_master=master, redis_cache=cache, kafka=read_kafka(reader), s3=_s3(reader)
    )


def _redis(
    reader: Reader, host: Setting[str], port: Setting[int], password: Setting[str]
) -> RedisSettings | None:
    if not reader.is_set(host):
        reader.require_absent((port, password), unless=host)
        return None
    return RedisSettings(
        host=reader.required(host, ""),
        port=reader.value(port, 6379),
        password=reader.secret(password, required=True) or "",
        tls=reader.value(REDIS_TLS, "off") == "on",
        ca_file=reader.authorities(REDIS_CA_FILE, tls=REDIS_TLS),
        timeout_milliseconds=reader.value(REDIS_TIMEOUT_MILLISECONDS, 500),
    )


def _s3(reader: Reader) -> S3Settings | None:
    if not reader.is_set(S3_ENDPOINT):
        rest = (S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY, S3_REGION, S3_CA_FILE)
        reader.require_absent(rest, unless=S3_ENDPOINT)
        return None
    endpoint, ca_file = reader.required(S3_ENDPOINT, ""), reader.optional(S3_CA_FILE)
    if ca_file is not None and endpoint.startswith("http://"):
        reader.mistake(f"{S3_CA_FILE.name} is set but {S3_ENDPOINT.name} is not https.")
    elif ca_file is not None:
        reader.certificates(S3_CA_FILE, ca_file)
    return S3Settings(
        endpoint=endpoint,
        bucket=reader.required(S3_BUCKET, ""),
        access_key=reader.secret(S3_ACCESS_KEY, required=True) or "",
        secret_key=reader.secret(S3_SECRET_KEY, required=True) or "",
        region=reader.value(S3_REGION, "us-east-1"),
        ca_file=ca_file,
    )
