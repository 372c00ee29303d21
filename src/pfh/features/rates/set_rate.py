"""Entering and removing a rate of a day."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from pfh.core.commodity import commodity
from pfh.core.entry import raise_problems
from pfh.core.errors import Problem
from pfh.core.money import RateInvalid, convert
from pfh.core.period import date_problem
from pfh.features.rates import events, store
from pfh.features.rates.errors import RateNotFound, RateOfItself, RateTooLong
from pfh.features.rates.schemas import RateAnswer, RateInput, RateKey, RateRemovedAnswer
from pfh.features.rates.store import RateRecord
from pfh.persistence.command import origin_of, run_once
from pfh.persistence.event_store import append
from pfh.persistence.idempotency import Answer, RequestKey
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

DIGITS_MAX = 40
_encode = msgspec.json.Encoder().encode


async def set_rate(
    services: Services, actor: Actor, stated: RateInput, key: RequestKey | None = None
) -> Answer:
    """Store the rate of a day, in place of an earlier one, and answer 200 with it.

    Raises:
        NotAllowed; CurrencyUnknown, RateOfItself, DateInvalid, DateOutOfRange, RateInvalid,
        RateTooLong, several as `Problems`.
    """
    record = _checked(stated)
    origin, event_id = origin_of(services, actor), services.identifiers.next()

    async def unit(connection: Connection) -> Answer:
        place = (record.commodity, record.quote, record.date)
        before = await store.find_rate(connection, actor.household_id, *place)
        await store.upsert_rate(connection, actor.household_id, record, origin.occurred_at)
        draft = events.rate_set(
            event_id, actor.household_id, events.RateSnapshot(*place, record.rate, before)
        )
        sequence = await append(connection, actor.household_id, origin, [draft])
        return Answer(200, _encode(RateAnswer(*place, record.rate, sequence)))

    return await run_once(services, actor, key, unit)


async def remove_rate(
    services: Services, actor: Actor, wanted: RateKey, key: RequestKey | None = None
) -> Answer:
    """Remove the rate of a day and answer 200.

    Raises:
        NotAllowed, RateNotFound, DateInvalid, DateOutOfRange.
    """
    problem = date_problem(wanted.date, field="date")
    raise_problems([] if problem is None else [problem])
    origin, event_id = origin_of(services, actor), services.identifiers.next()
    place = (wanted.commodity, wanted.quote, wanted.date)

    async def unit(connection: Connection) -> Answer:
        before = await store.find_rate(connection, actor.household_id, *place)
        if before is None:
            message = "There is no such rate."
            raise RateNotFound(message, fix="List the rates to see which there are.")
        await store.delete_rate(connection, actor.household_id, *place)
        draft = events.rate_removed(
            event_id, actor.household_id, events.RateSnapshot(*place, before)
        )
        sequence = await append(connection, actor.household_id, origin, [draft])
        return Answer(200, _encode(RateRemovedAnswer(*place, sequence)))

    return await run_once(services, actor, key, unit)


def _checked(stated: RateInput) -> RateRecord:
    problems: list[Problem] = []
    for field in ("commodity", "quote"):
        try:
            commodity(getattr(stated, field), field=field)
        except Problem as problem:
            problems.append(problem)
    if not problems and stated.commodity == stated.quote:
        problems.append(
            RateOfItself(
                "A rate needs two different currencies.", field="quote", fix="Choose another one."
            )
        )
    problem_of_date = date_problem(stated.date, field="date")
    problems.extend([] if problem_of_date is None else [problem_of_date])
    problem_of_rate = _rate_problem(stated.rate)
    problems.extend([] if problem_of_rate is None else [problem_of_rate])
    raise_problems(problems)
    return RateRecord(stated.commodity, stated.quote, stated.date, rate_text(stated.rate))


def _rate_problem(rate: Decimal) -> Problem | None:
    if rate.is_finite() and len(rate.as_tuple().digits) > DIGITS_MAX:
        return RateTooLong(
            f"The rate has more than {DIGITS_MAX} digits.", field="rate", fix="Round it."
        )
    try:
        # The core judges the size of a rate when it converts; nothing converts to nothing.
        convert(0, source=commodity("EUR"), target=commodity("EUR"), rate=rate, field="rate")
    except RateInvalid as problem:
        return problem
    return None


def rate_text(rate: Decimal) -> str:
    """Return a rate as plain decimal text without zeros at the end: 1.0850 → "1.085"."""
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
