"""Proving the exchange rates: those kept are those that were entered and not removed."""

from __future__ import annotations

import msgspec

from pfh.features.rates import events
from pfh.features.rates.events import RateSnapshot
from pfh.ports.database import Connection

_EVENTS = """
    SELECT type, payload FROM events
    WHERE household_id = $1 AND type = ANY($2::text[]) ORDER BY household_seq"""
_KEPT = """
    SELECT commodity, quote, date, rate FROM rates
    WHERE household_id = $1 AND source = 'entered'"""
_decode = msgspec.json.Decoder(RateSnapshot).decode


async def rate_faults(connection: Connection, household_id: int) -> tuple[str, ...]:
    """Return one sentence for each rate that differs from its events."""
    told: dict[tuple[str, str, str], str] = {}
    rows = await connection.fetch_all(_EVENTS, household_id, list(events.EVENT_TYPES))
    for kind, payload in rows:
        rate = _decode(payload)
        place = (rate.commodity, rate.quote, rate.date)
        if kind == events.RATE_SET:
            told[place] = rate.rate
        else:
            told.pop(place, None)
    kept = {
        (row[0], row[1], str(row[2])): str(row[3])
        for row in await connection.fetch_all(_KEPT, household_id)
    }
    return tuple(
        f"rates: {' '.join(place)} is {kept.get(place)}, its events say {told.get(place)}"
        for place in sorted({*kept, *told})
        if kept.get(place) != told.get(place)
    )
