"""Filling the cache before people ask: patterns of its keys, and what each of them loads.

A glob cannot find keys that are not there, so each pattern that is known names the households and
views to load. Of whom the hub saw something last comes first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pfh.core.errors import Problem
from pfh.features.dashboard import api as dashboard
from pfh.features.operations import api as operations
from pfh.ports.actor import Operator
from pfh.ports.database import Connection
from pfh.ports.services import Services

KIND: Final = "cache_warming"
HOUSEHOLDS_MAX: Final = 1_000
PATTERNS_MAX: Final = 20
KNOWN: Final = "dashboard:*, dashboard:{householdId}:*, user:*:summary, user:{userId}:summary"
_PATTERN: Final = re.compile(r"dashboard:(?:([0-9]{1,19}):)?\*|user:(?:\*|([0-9]{1,19})):summary")
_SHOWN_MAX: Final = 60
_IDENTIFIER_MAX: Final = 2**63 - 1
# Whoever never signed in there comes last.
_BEGIN: Final = """
    SELECT m.household_id, COALESCE(MAX(s.last_seen_at), 0) AS seen_at
    FROM memberships m LEFT JOIN sessions s ON s.household_id = m.household_id"""
_END: Final = "GROUP BY m.household_id ORDER BY seen_at DESC, m.household_id DESC LIMIT $1"
_EACH: Final = f"{_BEGIN} {_END}"
_ONE: Final = f"{_BEGIN} WHERE m.household_id = $2 {_END}"
_OF_PERSON: Final = f"{_BEGIN} WHERE m.user_id = $2 {_END}"


class PatternUnknown(Problem):
    """The cache has no keys of that pattern, or nobody whom it names."""

    code = "pattern_unknown"


@dataclass(frozen=True, slots=True)
class _Loader:
    """The statement that finds the households, whom it asks for, and the views to load."""

    sql: str
    whom: int | None
    views: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Warming:
    """One household and the views to load."""

    household_id: int
    views: tuple[str, ...]


async def warm_cache(
    services: Services, jobs: operations.Jobs, operator: Operator, patterns: Sequence[str]
) -> operations.Job:
    """Begin to fill the cache and return the job, or the one that does it already.

    Raises:
        PatternUnknown, JobRuns.
    """
    plan = await _plan(services, patterns)
    job, is_new = await operations.begin_job(
        services, operator, KIND, " ".join(dict.fromkeys(patterns)), total=len(plan)
    )

    async def warm(one: Warming) -> None:
        await dashboard.warm_views(services, one.household_id, one.views)

    if is_new:
        jobs.start(job, plan, warm)
    return job


async def _plan(services: Services, patterns: Sequence[str]) -> list[Warming]:
    """Return the households, each once, those that were seen last first."""
    loaders = [_loader(pattern, place) for place, pattern in enumerate(patterns)]

    async def unit(connection: Connection) -> list[Warming]:
        seen: dict[int, int] = {}
        views: dict[int, set[str]] = {}
        for place, loader in enumerate(loaders):
            whom = () if loader.whom is None else (loader.whom,)
            found = await connection.fetch_all(loader.sql, HOUSEHOLDS_MAX, *whom)
            if whom and not found:
                raise _unknown(patterns[place], place, "names nobody")
            for household_id, seen_at in found:
                seen[household_id] = seen_at
                views.setdefault(household_id, set()).update(loader.views)
        ordered = sorted(seen, key=lambda one: (seen[one], one), reverse=True)
        return [Warming(one, tuple(sorted(views[one]))) for one in ordered[:HOUSEHOLDS_MAX]]

    return await services.database.read(unit)


def _loader(pattern: str, place: int) -> _Loader:
    found = _PATTERN.fullmatch(pattern)
    if found is None:
        raise _unknown(pattern, place, "is no pattern that can be warmed")
    household, person = found.groups()
    views = dashboard.WARMED_VIEWS if pattern.startswith("dashboard:") else ("summary",)
    text = household or person
    if text is None:
        return _Loader(_EACH, None, views)
    whom = int(text)
    if whom > _IDENTIFIER_MAX:
        raise _unknown(pattern, place, "names nobody")
    return _Loader(_ONE if household else _OF_PERSON, whom, views)


def _unknown(pattern: str, place: int, what: str) -> PatternUnknown:
    return PatternUnknown(
        f"{ascii(pattern[:_SHOWN_MAX])[1:-1]} {what}.",
        field=f"patterns.{place}",
        fix=f"Known are {KNOWN}.",
    )
