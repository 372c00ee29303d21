"""What operators and load balancers ask: alive, ready, in detail, and the metrics.

`/livez` does no work at all. `/readyz` fails while the hub stops, while the books cannot be reached
and while migrations are pending: exactly the times at which no request should come.
"""

from __future__ import annotations

import asyncio
import platform
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response, get

from pfh.adapters.outbox.sql import SqlOutbox
from pfh.entry.web.problem_details import MEDIA_TYPE, Failure, failure
from pfh.features.backup.api import show_backups
from pfh.features.web.api import describe
from pfh.features.web.operation import OPERATOR_OPTION
from pfh.migrations.head import HEAD
from pfh.observability.metrics import MEDIA_TYPE as METRICS_MEDIA_TYPE
from pfh.observability.metrics import exposition
from pfh.ports.bulk import MOVING
from pfh.ports.database import Connection, DatabaseTimeout, DatabaseUnavailable
from pfh.ports.documents import DocumentsUnavailable
from pfh.ports.services import Services
from pfh.runtime.build import COMMIT, VERSION
from pfh.runtime.lifespan import Hub
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.probes import NOT_CONFIGURED, OK, probe_replica, probe_servers
from pfh.runtime.schema import fits, revision
from pfh.runtime.settings import Settings

_TAG: Final = "Operations"
# So old is no event while a relay is at work, but in the minutes after an outage.
OUTBOX_SECONDS_MAX: Final = 30
_READ_MODELS: Final = ("dashboard",)
# Server → the parts that it serves → what serves them when it is not configured.
_PARTS: Final[dict[str, dict[str, str]]] = {
    "redis-master": {"sessions": "sql", "throttle": "memory", "signals": "memory"},
    "redis-cache": {"cache": "memory"},
    "kafka": {"events": "sql"},
    "s3": {"objects": "folder"},
    "database-replica": {"database-replica": "primary"},
    "mail": {"mail": "folder"},
    "language-model": {"languageModel": "off"},
}


class Health(msgspec.Struct, rename="camel", kw_only=True):
    """The hub can take requests."""

    status: Literal["ok"]
    version: str
    commit: str
    uptime_seconds: int


class DatabaseHealth(msgspec.Struct, rename="camel", kw_only=True):
    """Where the books are and whether they fit this program.

    They fit at the expected revision, and at a later one that took nothing away.
    """

    kind: Literal["sqlite", "postgres"]
    reachable: bool
    revision: str | None
    expected_revision: str
    fits: bool


class PartHealth(msgspec.Struct, rename="camel", kw_only=True):
    """One part that the hub can do without for a while: what serves it, and whether it answers.

    `state` is ok, not configured (this process does it itself), refused, wrong password, timeout,
    lagging or failed, as `pfh config check` says it, or how much waits in the outbox; `lagSeconds`
    is how old a replica's books are.
    """

    kind: str
    reachable: bool
    state: str | msgspec.UnsetType = msgspec.UNSET
    lag_seconds: float | msgspec.UnsetType = msgspec.UNSET


class DetailedHealth(msgspec.Struct, rename="camel", kw_only=True):
    """Everything an operator asks first.

    `degraded`: every request is answered, some more slowly, since one of the `parts` is away.
    """

    status: Literal["ok", "degraded", "unavailable"]
    version: str
    commit: str
    python: str
    uptime_seconds: int
    draining: bool
    database: DatabaseHealth
    parts: dict[str, PartHealth]
    households_behind: dict[str, int]


@get("/livez", opt=describe("Whether the process lives", tag=_TAG, public=True, answer=str))
async def livez() -> Response[bytes]:
    """Answer without touching anything."""
    return Response(b'"ok"', media_type="application/json")


@get(
    ["/readyz", "/api/health"],
    opt=describe(
        "Whether the hub can take requests", tag=_TAG, public=True, answer=Health, problems=(503,)
    ),
)
async def readyz(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer 200 when requests may come, else 503 with the reason."""
    hub: Hub = request.app.state["hub"]
    if hub.draining:
        return _not_ready("stopping", "The hub is stopping.")
    database = await _database_health(request.app.state["services"], request.app.state["settings"])
    if not database.reachable:
        return _not_ready("temporarily_unavailable", "The books cannot be reached just now.")
    if not database.fits:
        words = "The books wait for `pfh migrate`, or for a newer program."
        if database.revision == MOVING:
            words = "A move to these books was cut off: it waits to be run again."
        return _not_ready("migrations_pending", words)
    health = Health(status="ok", version=VERSION, commit=COMMIT, uptime_seconds=hub.uptime_seconds)
    return Response(msgspec.json.encode(health), media_type="application/json")


@get(
    "/api/health/detailed",
    opt={
        **describe("The state of each part, for operators", tag=_TAG, answer=DetailedHealth),
        OPERATOR_OPTION: "token",
    },
)
async def detailed(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer 200 whatever the state is; the state is in the body."""
    services: Services = request.app.state["services"]
    hub: Hub = request.app.state["hub"]
    settings: Settings = request.app.state["settings"]
    database = await _database_health(services, settings)
    healthy = database.reachable and database.fits and not hub.draining
    parts = await _parts(services, settings, hub) if healthy else {}
    whole = all(part.reachable for part in parts.values())
    answer = DetailedHealth(
        status=("ok" if whole else "degraded") if healthy else "unavailable",
        version=VERSION,
        commit=COMMIT,
        python=platform.python_version(),
        uptime_seconds=hub.uptime_seconds,
        draining=hub.draining,
        database=database,
        parts=parts,
        households_behind=await _behind(services) if healthy and whole else {},
    )
    return Response(msgspec.json.encode(answer), media_type="application/json")


@get(
    "/api/metrics",
    opt={
        **describe(
            "Metrics in Prometheus' text format", tag=_TAG, answer=str, answer_media="text/plain"
        ),
        OPERATOR_OPTION: "loopback",
    },
)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer every metric; open to this machine, else to ADMIN_TOKEN or an administrator."""
    services: Services = request.app.state["services"]
    await show_backups(services.database)
    return Response(exposition(), media_type=METRICS_MEDIA_TYPE)


def _not_ready(code: str, words: str) -> Response[bytes]:
    made: Failure = failure(503, code, words, fix="Try again in a moment.")
    return Response(
        made.json(), status_code=503, media_type=MEDIA_TYPE, headers={"Retry-After": "2"}
    )


async def _database_health(services: Services, settings: Settings) -> DatabaseHealth:
    reachable, found, fit = True, None, False

    async def unit(connection: Connection) -> tuple[str | None, bool]:
        found = await revision(connection)
        return found, await fits(connection, found)

    try:
        found, fit = await services.database.read(unit)
    except (DatabaseUnavailable, DatabaseTimeout):
        reachable = False
    return DatabaseHealth(
        kind="postgres" if isinstance(settings.database, PostgresSettings) else "sqlite",
        reachable=reachable,
        revision=found,
        expected_revision=HEAD,
        fits=fit,
    )


async def _parts(services: Services, settings: Settings, hub: Hub) -> dict[str, PartHealth]:
    """Ask every server beside the database at once; each answers or is given up within 3 s.

    What others run is asked at most twice a minute, for a second each.
    """
    reachable = True
    try:
        await services.documents.heads([])
    except DocumentsUnavailable:
        reachable = False
    kind = "sql" if settings.mongodb_uri is None else "mongodb"
    parts = {"documents": PartHealth(kind=kind, reachable=reachable)}
    others = asyncio.ensure_future(hub.third_parties.answers(settings))
    own_servers = await asyncio.gather(probe_replica(settings), *probe_servers(settings))
    for probe in (*own_servers, *await others):
        kinds = _PARTS[probe.name]
        is_own = probe.state == NOT_CONFIGURED
        for part, own in kinds.items():
            parts[part] = PartHealth(
                kind=own if is_own else probe.name,
                reachable=not probe.failed,
                state=probe.state,
                lag_seconds=msgspec.UNSET if probe.lag_seconds is None else probe.lag_seconds,
            )
    if settings.servers.kafka is not None:
        parts["outbox"] = await _outbox(services)
    return parts


async def _outbox(services: Services) -> PartHealth:
    """Tell how much waits for the relay: a relay that is away is seen by the age of the oldest."""
    backlog = await SqlOutbox(services.database, services.clock).backlog()
    age = 0 if backlog.oldest_at is None else services.clock.now() - backlog.oldest_at
    seconds = max(0, age // 1_000_000)
    words = OK if not backlog.events else f"{backlog.events} events wait, for {seconds} s at most"
    if backlog.quarantined_households:
        words += f"; {backlog.quarantined_households} households are held back"
    return PartHealth(kind="kafka", reachable=seconds <= OUTBOX_SECONDS_MAX, state=words)


async def _behind(services: Services) -> dict[str, int]:
    """Return for each read model how many households lack events, counted up to 1,000."""
    return {name: len(await services.event_log.behind(name, limit=1_000)) for name in _READ_MODELS}


routes = [livez, readyz, detailed, metrics]
