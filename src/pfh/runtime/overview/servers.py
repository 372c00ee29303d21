"""The program, its books and the servers around them, as the overview tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from pfh.migrations.head import HEAD
from pfh.ports.database import Connection, DatabaseTimeout, DatabaseUnavailable
from pfh.ports.documents import DocumentsUnavailable
from pfh.runtime.build import COMMIT, VERSION
from pfh.runtime.overview.parts import ACT, LOOK, OK, Part, Place, span_text
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.probes import NOT_CONFIGURED, Probe, probe_replica, probe_servers
from pfh.runtime.schema import fits, revision


class _Server(NamedTuple):
    """Its title, what people notice while it is away, and the section of the runbook."""

    title: str
    away: str
    runbook: str


_SERVERS: Final[dict[str, _Server]] = {
    "redis-master": _Server(
        "Redis, sessions",
        "Sign-ins and limits are kept in the database and in each process meanwhile: slower, and a"
        " stolen session ends a few seconds later. Start the server.",
        "redis-memory-exhaustion",
    ),
    "redis-cache": _Server(
        "Redis, cache",
        "Every dashboard is computed anew meanwhile: the same figures, more slowly. Start the"
        " server; nothing in it must be saved.",
        "cache-optimization",
    ),
    "kafka": _Server(
        "Kafka",
        "What is committed waits in the outbox, and the consumers read the books instead. Nothing"
        " is lost; dashboards follow a few seconds later. Start the brokers.",
        "kafka-optimization",
    ),
    "s3": _Server(
        "Object storage",
        "Bank files cannot be uploaded or committed, and backups there cannot be made. Everything"
        " else works.",
        "third-party-outage",
    ),
    "database-replica": _Server(
        "Read replica",
        "Reads go to the primary meanwhile. If it stays away the primary has no copy: repair it"
        " before the primary fails, too.",
        "failover-of-postgresql",
    ),
    "mail": _Server(
        "Mail server",
        "Letters wait in the outbox and are sent when it answers again.",
        "third-party-outage",
    ),
    "language-model": _Server(
        "Language model",
        "Suggestions of the model are left out; nothing else needs it.",
        "third-party-outage",
    ),
}
_WELL: Final = "It answers, and the hub uses it."
# Without these the hub does the same work, so that a person can sleep on.
_CAN_WAIT: Final = frozenset({"mail", "language-model", "redis-cache"})


async def ask_program(place: Place) -> Sequence[Part]:
    """Tell which program answers, and whether the books fit it."""
    program = Part(
        key="program",
        title="This process",
        state=LOOK if place.hub.draining else OK,
        shown=f"version {VERSION}, up for {span_text(place.hub.uptime_seconds)}",
        meaning=f"It answers; its build is {COMMIT}.",
        runbook="service-health-endpoints",
    )
    return (program, await _books(place))


async def _books(place: Place) -> Part:
    is_postgres = isinstance(place.settings.database, PostgresSettings)
    title = "Books in PostgreSQL" if is_postgres else "Books in SQLite"

    async def unit(connection: Connection) -> tuple[str | None, bool]:
        found = await revision(connection)
        return found, await fits(connection, found)

    try:
        found, is_fit = await place.services.database.read(unit)
    except (DatabaseUnavailable, DatabaseTimeout) as error:
        return Part(
            key="database",
            title=title,
            state=ACT,
            shown="cannot be reached",
            meaning=f"Nobody can read or write the books: {error}.",
            runbook="database-connection-pool-exhaustion",
        )
    shown, state = f"schema {found}", OK
    meaning = "They can be read and written, and have the schema of this program."
    if not is_fit:
        state = ACT
        meaning = f"Run `pfh migrate`: this program needs the schema {HEAD}, and serves nobody."
    elif found != HEAD:
        state = LOOK
        meaning = (
            f"Newer than this program, which knows {HEAD} and still works with them. Finish the"
            " deployment: bring the new version to every process."
        )
    return Part(
        key="database",
        title=title,
        state=state,
        shown=shown,
        meaning=meaning,
        runbook="database-migration",
    )


async def ask_documents(place: Place) -> Sequence[Part]:
    """Tell whether the store of the read models answers, where it is a server of its own."""
    if place.settings.mongodb_uri is None:
        return ()
    state, shown, meaning = OK, "answers", _WELL
    try:
        await place.services.documents.heads([])
    except DocumentsUnavailable as error:
        state, shown = ACT, "away"
        meaning = (
            "Dashboards are computed from the books meanwhile: the same figures, more slowly."
            f" Start a member of the replica set. ({error})"
        )
    return (
        Part(
            key="mongodb",
            title="MongoDB, read models",
            state=state,
            shown=shown,
            meaning=meaning,
            runbook="mongodb-replica-set-issues",
        ),
    )


async def ask_servers(place: Place) -> Sequence[Part]:
    """Tell whether Redis, Kafka, S3 and the read replica answer; each is given up after 3 s."""
    asked = (probe_replica(place.settings), *probe_servers(place.settings))
    return _parts_of(await asyncio.gather(*asked))


async def ask_third_parties(place: Place) -> Sequence[Part]:
    """Tell whether what others run answers; asked at most twice a minute."""
    return _parts_of(await place.hub.third_parties.answers(place.settings))


def _parts_of(probes: Sequence[Probe]) -> tuple[Part, ...]:
    return tuple(part_of(probe) for probe in probes if probe.state != NOT_CONFIGURED)


def part_of(probe: Probe) -> Part:
    """Return what a server's answer means."""
    title, meaning, anchor = _SERVERS[probe.name]
    shown = probe.state if probe.failed else "answers"
    if probe.lag_seconds is not None:
        shown = f"{probe.lag_seconds:.0f} s behind" if probe.lag_seconds >= 1 else "at the head"
    if probe.failed and probe.detail:
        meaning = f"{meaning} ({probe.address}: {probe.detail})"
    return Part(
        key=probe.name,
        title=title,
        state=OK if not probe.failed else (LOOK if probe.name in _CAN_WAIT else ACT),
        shown=shown,
        meaning=meaning if probe.failed else _WELL,
        runbook=anchor,
    )
