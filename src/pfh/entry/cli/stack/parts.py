"""The servers of the native stack, and the settings under which a hub finds each of them.

Passwords are drawn for each stack. Kafka and the MongoDB protocol have none here: they listen on
127.0.0.1 alone.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from pfh.entry.cli.stack.missing import Missing
from pfh.entry.cli.stack.record import Record, Running

# Starts servers of a stack → the settings of a hub that uses them; raises Missing.
Part: TypeAlias = Callable[[Record], Mapping[str, str]]

DATABASE: Final = "personal_finance"
BUCKET: Final = "personal-finance"
BROKERS: Final = 3
CACHE: Final = ("--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lfu", "--appendonly", "no")
MASTER: Final = ("--maxmemory-policy", "noeviction")
# As a deployment has it; the extension itself is made by whoever wants to look.
STATISTICS: Final = "shared_preload_libraries = 'pg_stat_statements'\n"


def start_postgres(record: Record) -> Mapping[str, str]:
    """Start a primary, with an empty database that the hub's role owns, and its replica."""
    from pfh.entry.cli.stack import postgres

    binaries = postgres.native_binaries()
    version = postgres.version_of(binaries)
    directory = record.directory / "postgres"
    settings_of_server = postgres.PRIMARY_SETTINGS + STATISTICS
    url = postgres.start_cluster(binaries, directory, settings=settings_of_server)

    def tell(name: str, data: Path, url: str) -> None:
        pid = postgres.process_id(data)
        # The others of its processes end with it by this signal alone.
        record.own(pid, signal.SIGQUIT)
        record.tell(Running(name, f"127.0.0.1:{urlsplit(url).port}", version, pid))

    tell("postgres-primary", directory / "data", url)
    password = secrets.token_hex(16)
    asyncio.run(_create_database(url, password))
    settings = {
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": f"{urlsplit(url).port}",
        "POSTGRES_DB": DATABASE,
        "POSTGRES_USER": DATABASE,
        "POSTGRES_PASSWORD": password,
    }
    try:
        copy = postgres.start_copy(binaries, directory, "replica", of=url)
    except Missing as missing:
        record.miss("postgres-replica", str(missing))
        return settings
    tell("postgres-replica", directory / "replica", copy)
    read = {"POSTGRES_READ_HOST": "127.0.0.1", "POSTGRES_READ_PORT": f"{urlsplit(copy).port}"}
    return {**settings, **read}


async def _create_database(url: str, password: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        # A password of hexadecimal digits needs no quoting, and this statement takes no parameter.
        await connection.execute(f"CREATE ROLE {DATABASE} LOGIN PASSWORD '{password}'")
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {DATABASE}")
    finally:
        await connection.close()


def start_kafka(record: Record) -> Mapping[str, str]:
    """Start three brokers."""
    from pfh.entry.cli.stack.kafka import new_cluster

    cluster = new_cluster(record.directory / "kafka", brokers=BROKERS, own=record.own)
    try:
        cluster.start()
    except Missing:
        cluster.kill()
        raise
    for broker in cluster.brokers:
        name = f"kafka-{broker.number}"
        record.tell(Running(name, broker.address, cluster.version, broker.process_id))
    cluster.leave_running()
    return {"KAFKA_BROKERS": cluster.bootstrap}


def start_redis_master(record: Record) -> Mapping[str, str]:
    """Start the Redis that keeps everything, on disk as well."""
    return _start_redis(record, "redis-master", "REDIS", MASTER)


def start_redis_cache(record: Record) -> Mapping[str, str]:
    """Start the Redis that forgets what is used least."""
    return _start_redis(record, "redis-cache", "REDIS_CACHE", CACHE)


def _start_redis(
    record: Record, name: str, prefix: str, arguments: tuple[str, ...]
) -> Mapping[str, str]:
    from pfh.entry.cli.stack.redis import RedisProcess, find_program, version_of

    program, _ = find_program()
    process = RedisProcess(program, record.directory / name, arguments, own=record.own)
    process.start()
    address = f"127.0.0.1:{process.port}"
    record.tell(Running(name, address, version_of(process.url), process.process_id))
    process.leave_running()
    return {
        f"{prefix}_HOST": "127.0.0.1",
        f"{prefix}_PORT": f"{process.port}",
        f"{prefix}_PASSWORD": process.password,
    }


def start_mongodb(record: Record) -> Mapping[str, str]:
    """Start a server that speaks MongoDB's protocol."""
    from pfh.entry.cli.stack.mongo import MongoProcess, version_of

    process = MongoProcess(record.directory / "mongodb", record.own)
    process.start()
    version = f"{version_of(process.uri)} ({process.source})"
    record.tell(Running("mongodb", f"127.0.0.1:{process.port}", version, process.process_id))
    process.leave_running()
    parts = urlsplit(process.uri)
    return {"MONGODB_URI": parts._replace(path=f"/{DATABASE}").geturl()}


def start_s3(record: Record) -> Mapping[str, str]:
    """Start an S3 server with a bucket."""
    from pfh.entry.cli.stack.seaweed import SeaweedProcess, find_program

    process = SeaweedProcess(find_program(), record.directory / "s3", BUCKET, record.own)
    process.start()
    options = process.options
    record.tell(Running("s3", options.endpoint, process.version, process.process_id))
    process.leave_running()
    return {
        "S3_ENDPOINT": options.endpoint,
        "S3_BUCKET": options.bucket,
        "S3_ACCESS_KEY": options.access_key,
        "S3_SECRET_KEY": options.secret_key,
    }


PARTS: Final[Mapping[str, Part]] = {
    "postgres": start_postgres,
    "kafka": start_kafka,
    "redis-master": start_redis_master,
    "redis-cache": start_redis_cache,
    "mongodb": start_mongodb,
    "s3": start_s3,
}
