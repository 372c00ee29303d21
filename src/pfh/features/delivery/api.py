"""What processes and commands may ask of the delivery of events."""

from __future__ import annotations

from pfh.features.delivery.apply_household import Group
from pfh.features.delivery.consume_events import consume_events
from pfh.features.delivery.effect import Effect
from pfh.features.delivery.relay_events import Relay, observe_backlog, relay_events
from pfh.features.delivery.replay_parked import replay_parked
from pfh.features.delivery.sweep_households import sweep_households

__all__ = [
    "Effect",
    "Group",
    "Relay",
    "consume_events",
    "observe_backlog",
    "relay_events",
    "replay_parked",
    "sweep_households",
]
