"""Every handler of the web server, feature by feature, in one explicit list.

A feature joins by one line: the module of its `http.py` or `pages.py`, each of which ends with
`routes`, a list of Litestar handlers. The order is that of the API documentation.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from litestar.types import ControllerRouterHandler

ROUTE_MODULES: Final = (
    "pfh.features.identity.http",
    "pfh.features.identity.recovery.http",
    "pfh.features.households.http",
    "pfh.features.accounts.http",
    "pfh.features.ledger.http",
    "pfh.features.payees.http",
    "pfh.features.tags.http",
    "pfh.features.rates.http",
    "pfh.features.imports.http",
    "pfh.features.dashboard.http",
    "pfh.features.admin.http",
    "pfh.entry.web.operations.http",
    "pfh.entry.web.health",
    "pfh.entry.web.documents",
    "pfh.features.identity.pages",
    "pfh.features.identity.recovery.pages",
    "pfh.features.dashboard.pages",
    "pfh.features.ledger.pages",
    "pfh.features.accounts.pages",
    "pfh.features.imports.pages",
    "pfh.features.settings.pages",
    "pfh.features.admin.pages",
    "pfh.entry.web.operations.pages",
)


def all_routes() -> list[ControllerRouterHandler]:
    """Import every module of the list and return their handlers."""
    found: list[ControllerRouterHandler] = []
    for name in ROUTE_MODULES:
        found.extend(import_module(name).routes)
    return found
