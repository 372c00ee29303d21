"""The settings of Redis, Kafka and S3 as their adapters take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfh.runtime.kafka_settings import KafkaSettings
from pfh.runtime.server_settings import RedisSettings, S3Settings

if TYPE_CHECKING:
    from pfh.adapters.event_stream.kafka_options import KafkaOptions
    from pfh.adapters.objects.s3 import S3Options
    from pfh.adapters.redis.link import RedisOptions


def redis_options(settings: RedisSettings) -> RedisOptions:
    """Return the settings as the adapter takes them."""
    from pfh.adapters.redis.link import RedisOptions

    return RedisOptions(
        host=settings.host,
        port=settings.port,
        password=settings.password,
        tls=settings.tls,
        ca_file=None if settings.ca_file is None else str(settings.ca_file),
        timeout_seconds=settings.timeout_milliseconds / 1000,
    )


def kafka_options(settings: KafkaSettings) -> KafkaOptions:
    """Return the settings as the adapter takes them."""
    from pfh.adapters.event_stream.kafka_options import KafkaOptions

    return KafkaOptions(
        brokers=settings.brokers,
        tls=settings.tls,
        ca_file=None if settings.ca_file is None else str(settings.ca_file),
        user=settings.user,
        password=settings.password,
    )


def s3_options(settings: S3Settings) -> S3Options:
    """Return the settings as the adapter takes them; raises OSError without the file of CAs."""
    from pfh.adapters.objects.s3 import S3Options

    return S3Options(
        endpoint=settings.endpoint,
        bucket=settings.bucket,
        region=settings.region,
        access_key=settings.access_key,
        secret_key=settings.secret_key,
        root_certificate=(
            None if settings.ca_file is None else settings.ca_file.read_text(encoding="ascii")
        ),
    )
