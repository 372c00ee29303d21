"""The consumer groups of the hub: what each does with the events of the stream."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from pfh.features.delivery.api import Effect
from pfh.ports.services import Services

# Group → `module:class` of its effect, made with the services.
GROUPS: Final[dict[str, str]] = {
    "pfh-dashboard-consumer": "pfh.features.dashboard.consumers:DashboardEffect",
}


def effect_of(group: str, services: Services) -> Effect:
    """Return what a group does.

    Raises:
        KeyError: there is no such group.
    """
    module, _, name = GROUPS[group].partition(":")
    effect: Effect = getattr(import_module(module), name)(services)
    return effect
