"""How often people were not let in, as the overview tells it: numbers, and nobody's name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pfh.features.identity import api as identity
from pfh.features.identity.api import Refusals
from pfh.runtime.overview.parts import ACT, LOOK, OK, Line, Part, Place, State, counted_text

# What one a second and ten a second come to in five minutes, at which the alerts begin
# (deploy/prometheus/rules/business.yml).
LOOK_COUNT: Final = 300
ACT_COUNT: Final = 3_000
_EVENTS: Final[dict[str, str]] = {
    "AUTH_FAILED": "not let in",
    "AUTH_LOCKED": "refused unseen after too many tries",
    "AUTH_REUSE_DETECTED": "a used token came again, and its session was ended",
}


async def ask_sign_ins(place: Place) -> Sequence[Part]:
    """Tell how often people were refused in the last hour and day, whichever process it was."""
    found = await identity.recent_refusals(place.services)
    hour = {event: sum(one.hour for one in found if one.event == event) for event in _EVENTS}
    tried = hour["AUTH_FAILED"] + hour["AUTH_LOCKED"]
    is_reused = any(one.event == "AUTH_REUSE_DETECTED" for one in found)
    state: State = LOOK if is_reused or tried >= LOOK_COUNT else OK
    meaning = "Mistyped passwords look like this. Whoever tries often has to wait, ever longer."
    if is_reused:
        meaning = "Somebody may hold another's token; its session was ended. The log says whose."
    if tried >= LOOK_COUNT:
        meaning = "Somebody tries passwords. The log has the addresses: refuse them for a while."
    if tried >= ACT_COUNT:
        state = ACT
    return (
        Part(
            key="sign-ins",
            title="Sign-ins refused",
            state=state,
            shown=(
                f"{hour['AUTH_FAILED']:,} failed and {hour['AUTH_LOCKED']:,} locked in an hour"
                if tried
                else "none in an hour"
            ),
            meaning=meaning,
            runbook="suspicious-authentication-activity",
            lines=tuple(map(_line, found)),
        ),
    )


def _line(one: Refusals) -> Line:
    return Line(
        key=f"{one.event}-{one.reason}",
        text=f"{one.reason.replace('_', ' ').capitalize()}: {_EVENTS.get(one.event, one.event)}",
        note=f"{counted_text(one.hour, 'time')} in an hour, {one.day:,} in a day",
    )
