"""Whether each server of the settings can be reached, asked with a connection of its own.

It exists for `pfh config check` and for the detailed health: both say in the same words what is
wrong, within seconds, whatever the adapters are doing at the moment.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from pfh.adapters.database.postgres_options import REPLICA_LAG_SECONDS_MAX
from pfh.runtime.kafka_settings import KafkaSettings
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.server_options import kafka_options, redis_options, s3_options
from pfh.runtime.server_settings import RedisSettings, S3Settings
from pfh.runtime.settings import Settings, SqliteSettings
from pfh.runtime.tls_words import tls_words

if TYPE_CHECKING:
    from pfh.adapters.database.postgres_servers import RawConnection, Role

TIMEOUT_SECONDS: Final = 3.0
NOT_CONFIGURED: Final = "not configured"
OK: Final = "ok"
# The same for a server and its copies, and for no other.
_WHICH: Final = "SELECT system_identifier FROM pg_control_system()"
_WRITTEN: Final = """
    SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn()::text END"""
_REPLAYED: Final = """
    SELECT pg_is_in_recovery(),
           CASE WHEN pg_last_wal_replay_lsn() >= ($1::text)::pg_lsn THEN 0
                ELSE GREATEST(EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()), 0)
           END::float8"""
_MONGO_SIGN_IN_FAILED: Final = 18
_MONGO_ASIDE: Final = re.compile(r" \(configured timeouts|, Timeout: ")
_MONGO_REFUSED: Final = re.compile(r"refused|Errno|Connect call failed")
_MONGO_TLS: Final = re.compile(r"[?&](?:tls|ssl)=true", re.IGNORECASE)
# What drivers say when nobody listens, and what a server says that wants TLS.
_CONNECTING: Final = "connecting to"
_WANTS_TLS: Final = "HTTP request to an HTTPS server"
_Ask = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One server's answer.

    `state` is ok, not configured, refused, wrong password, timeout, lagging or failed; `detail`
    says more for a person and holds no secret; `milliseconds` is how long the answer took;
    `lag_seconds` is how old a replica's books are.
    """

    name: str
    address: str
    state: str
    detail: str = ""
    milliseconds: int = 0
    lag_seconds: float | None = None

    @property
    def failed(self) -> bool:
        """Whether the server was configured and does not serve."""
        return self.state not in {OK, NOT_CONFIGURED}


class ProbeFailed(Exception):
    """A server's answer, already in our words."""

    def __init__(self, state: str, detail: str) -> None:
        super().__init__(detail)
        self.state = state


async def probe_all(settings: Settings) -> tuple[Probe, ...]:
    """Ask every server at once, each for three seconds at most."""
    return tuple(
        await asyncio.gather(
            _probe_database(settings),
            probe_replica(settings),
            *probe_servers(settings),
            _probe_mongo(settings.mongodb_uri),
        )
    )


def probe_servers(settings: Settings) -> tuple[Awaitable[Probe], ...]:
    """Return the questions to Redis, Kafka and S3, which the hub can do without for a while."""
    servers = settings.servers
    return (
        _probe_redis("redis-master", servers.redis_master),
        _probe_redis("redis-cache", servers.redis_cache),
        _probe_kafka(servers.kafka),
        _probe_s3(servers.s3),
    )


async def probe(name: str, address: str, ask: _Ask, *, seconds: float = TIMEOUT_SECONDS) -> Probe:
    """Ask one server, for `seconds` at most; `ask` raises ProbeFailed or what its driver raises."""
    begun = time.perf_counter()
    state, detail = OK, ""
    try:
        await asyncio.wait_for(ask(), seconds)
    except ProbeFailed as refused:
        state, detail = refused.state, str(refused)
    except TimeoutError:
        state, detail = "timeout", f"no answer within {seconds:.0f} s"
    except ssl.SSLError as error:
        state, detail = "failed", f"TLS: {error.reason or error}"
    except OSError as error:
        state, detail = "refused", error.strerror or str(error)
    except Exception as error:  # noqa: BLE001 -- each driver has its own words; a probe tells them
        state, detail = "failed", f"{type(error).__name__}: {error}".partition("\n")[0][:200]
    milliseconds = round((time.perf_counter() - begun) * 1000)
    return Probe(name=name, address=address, state=state, detail=detail, milliseconds=milliseconds)


def _silence(seconds: float, *, tls: bool) -> str:
    """Say that nothing came; a server without TLS waits for the rest of a greeting in TLS."""
    hint = "; does it speak TLS there?" if tls else ""
    return f"no answer within {seconds:.1f} s{hint}"


async def _probe_database(settings: Settings) -> Probe:
    database = settings.database
    if isinstance(database, SqliteSettings):
        return _probe_sqlite(database)

    async def ask() -> None:
        await _ask_postgres(database)

    return await probe("database", database.address, ask)


def _probe_sqlite(database: SqliteSettings) -> Probe:
    """Look at the file; one that is not there yet is made by the hub."""
    state, detail = OK, "SQLite"
    if not os.access(database.path, os.F_OK):
        detail = "SQLite; no books yet"
    elif not os.access(database.path, os.R_OK | os.W_OK):
        state, detail = "failed", "SQLite; the file may not be written"
    return Probe(name="database", address=str(database.path), state=state, detail=detail)


async def _ask_postgres(settings: PostgresSettings) -> None:
    async with _connected(settings.url, "primary") as connection:
        # A single host is connected to whatever it is.
        if await connection.fetchval("SELECT pg_is_in_recovery()"):
            raise ProbeFailed("failed", "it is a replica and takes no writes: name the primary")


async def probe_replica(settings: Settings) -> Probe:
    """Ask the read replica how old what it shows is; reads go to the primary when it is away."""
    database = settings.database
    if not isinstance(database, PostgresSettings) or database.read_url is None:
        return Probe(name="database-replica", address="", state=NOT_CONFIGURED)
    lag_seconds: list[float] = []

    async def ask() -> None:
        lag_seconds.append(await _ask_replica(database))
        if lag_seconds[0] > REPLICA_LAG_SECONDS_MAX:
            raise ProbeFailed("lagging", f"{lag_seconds[0]:.0f} s behind the primary")

    answer = await probe("database-replica", database.read_address, ask)
    return replace(answer, lag_seconds=round(lag_seconds[0], 1)) if lag_seconds else answer


async def _ask_replica(settings: PostgresSettings) -> float:
    """Return the age of the last commit that the replica shows, 0 when it shows all of them."""
    async with _connected(settings.read_url or "", "replica") as replica:
        which, written = await _primary_of(settings)
        if which != await replica.fetchval(_WHICH):
            raise ProbeFailed("failed", "it is a copy of another server, not of POSTGRES_HOST")
        row = await replica.fetchrow(_REPLAYED, written)
    if row is None or not row[0]:
        raise ProbeFailed("failed", "it takes writes: it is no replica, or was promoted")
    return float(row[1])


async def _primary_of(settings: PostgresSettings) -> tuple[int, str]:
    """Return the primary's identifier and where it writes.

    Raises:
        ProbeFailed: the primary is at fault, and not the replica that is being asked.
    """
    try:
        # Sooner than the replica's own limit, which would blame the replica.
        async with _connected(settings.url, "primary", seconds=TIMEOUT_SECONDS / 2) as primary:
            which: int = await primary.fetchval(_WHICH)
            written: str | None = await primary.fetchval(_WRITTEN)
    except ProbeFailed as error:
        raise ProbeFailed("failed", f"it answers; of POSTGRES_HOST: {error}") from error
    except OSError as error:
        raise ProbeFailed("failed", "it answers, but POSTGRES_HOST does not") from error
    if written is None:
        raise ProbeFailed("failed", "it answers; of POSTGRES_HOST: it is a replica, too")
    return which, written


@asynccontextmanager
async def _connected(
    url: str, role: Role, *, seconds: float = TIMEOUT_SECONDS
) -> AsyncIterator[RawConnection]:
    import asyncpg

    from pfh.adapters.database.postgres_servers import NoSuchRole, PostgresServers

    try:
        connection = await PostgresServers(url, role).connect(timeout=seconds)
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise ProbeFailed("wrong password", str(error)) from error
    except (asyncpg.InvalidCatalogNameError, NoSuchRole) as error:
        raise ProbeFailed("failed", str(error)) from error
    try:
        yield connection
    finally:
        connection.terminate()


async def _probe_redis(name: str, settings: RedisSettings | None) -> Probe:
    if settings is None:
        return Probe(name=name, address="", state=NOT_CONFIGURED)

    async def ask() -> None:
        await _ask_redis(name, settings)

    return await probe(name, f"{settings.host}:{settings.port}", ask)


async def _ask_redis(name: str, settings: RedisSettings) -> None:
    from redis import exceptions

    from pfh.adapters.redis.link import connect

    seconds = TIMEOUT_SECONDS * 0.8
    client = connect(replace(redis_options(settings), timeout_seconds=seconds))
    try:
        told = await client.info()
    except exceptions.AuthenticationError as error:
        raise ProbeFailed("wrong password", str(error)) from error
    except exceptions.TimeoutError as error:
        raise ProbeFailed("timeout", _silence(seconds, tls=settings.tls)) from error
    except exceptions.ConnectionError as error:
        if words := tls_words(error):
            raise ProbeFailed("failed", words) from error
        if not settings.tls and _CONNECTING not in str(error):
            raise ProbeFailed("failed", "it hangs up: does it want REDIS_TLS=on?") from error
        raise ProbeFailed("refused", str(error)) from error
    finally:
        await client.aclose(close_connection_pool=True)
    if name == "redis-master" and (words := _unfit_master(told)):
        raise ProbeFailed("failed", words)


def _unfit_master(told: Mapping[str, Any]) -> str:
    """Return why a server would lose sessions or take none, by its own INFO; empty when it fits."""
    policy = told.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        return f"maxmemory-policy is {policy}: it could evict, set noeviction"
    if told.get("role") == "slave":
        return "it is a replica and takes no writes: point REDIS_HOST at the master"
    if 0 < told.get("maxmemory", 0) <= told.get("used_memory", 0):
        return "it is full and takes no writes: raise maxmemory"
    return ""


async def _probe_kafka(settings: KafkaSettings | None) -> Probe:
    if settings is None:
        return Probe(name="kafka", address="", state=NOT_CONFIGURED)

    async def ask() -> None:
        from pfh.adapters.event_stream.kafka_probe import ClusterSilent, ask_cluster

        try:
            await ask_cluster(kafka_options(settings), seconds=TIMEOUT_SECONDS * 0.8)
        except ClusterSilent as silent:
            raise ProbeFailed(silent.kind, str(silent)) from silent

    return await probe("kafka", ",".join(settings.brokers), ask)


async def _probe_s3(settings: S3Settings | None) -> Probe:
    if settings is None:
        return Probe(name="s3", address="", state=NOT_CONFIGURED)

    async def ask() -> None:
        await _ask_s3(settings)

    return await probe("s3", f"{settings.endpoint}/{settings.bucket}", ask)


async def _ask_s3(settings: S3Settings) -> None:
    import obstore
    from obstore.exceptions import BaseError

    from pfh.adapters.objects.s3 import connect

    store = connect(s3_options(settings), tries=1, connect_seconds=TIMEOUT_SECONDS)
    try:
        await obstore.list_with_delimiter_async(store)
    except BaseError as error:
        words = str(error)
        if trouble := tls_words(error):
            raise ProbeFailed("failed", trouble) from error
        if _WANTS_TLS in words:
            raise ProbeFailed("failed", "the server wants TLS: https in S3_ENDPOINT") from error
        if "error sending request" in words or "connect" in words.lower():
            raise ProbeFailed("refused", f"nothing answers at {settings.endpoint}") from error
        if "NoSuchBucket" in words:
            raise ProbeFailed("failed", f"there is no bucket {settings.bucket}") from error
        # Not any digits: an answer carries an identifier, too.
        if re.search(r"\b40[13]\b", words):
            wrong = "the server refuses S3_ACCESS_KEY and S3_SECRET_KEY"
            raise ProbeFailed("wrong password", wrong) from error
        raise ProbeFailed("failed", words.partition("\n")[0][:200]) from error


async def _probe_mongo(uri: str | None) -> Probe:
    if uri is None:
        return Probe(name="mongodb", address="", state=NOT_CONFIGURED)
    address = uri.rpartition("@")[2].partition("?")[0].removeprefix("mongodb://")

    async def ask() -> None:
        await _ask_mongo(uri)

    return await probe("mongodb", address, ask)


async def _ask_mongo(uri: str) -> None:
    from pymongo import AsyncMongoClient
    from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

    milliseconds = round(TIMEOUT_SECONDS * 1000 * 0.8)
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(
        uri, serverSelectionTimeoutMS=milliseconds, connectTimeoutMS=milliseconds
    )
    try:
        told = await client.admin.command("buildInfo")
    except ServerSelectionTimeoutError as error:
        if trouble := tls_words(error):
            raise ProbeFailed("failed", trouble) from error
        if "connection closed" in str(error):
            raise ProbeFailed("failed", "it hangs up: does it want tls=true?") from error
        words = _MONGO_ASIDE.split(str(error))[0]
        if _MONGO_REFUSED.search(words):
            raise ProbeFailed("refused", words[:200]) from error
        tls = _MONGO_TLS.search(uri) is not None
        raise ProbeFailed("timeout", _silence(milliseconds / 1000, tls=tls)) from error
    except OperationFailure as error:
        if error.code == _MONGO_SIGN_IN_FAILED:
            raise ProbeFailed("wrong password", "the server refuses the user") from error
        raise
    finally:
        await client.close()
    # Only FerretDB 1 says this; with several writers, most of their increments are lost.
    if "ferretdbVersion" in told:
        raise ProbeFailed("failed", "FerretDB 1 loses concurrent updates; use MongoDB")
