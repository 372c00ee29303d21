"""Telling subscribers that households have new events.

It exists so that both adapters treat a failing subscriber alike: it is reported and harms nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeAlias

Listener: TypeAlias = Callable[[int], None]


def notify(listeners: Iterable[Listener], households: Iterable[int]) -> None:
    """Call each listener for each household on the running loop."""
    for listener in listeners:
        for household_id in households:
            try:
                listener(household_id)
            except Exception as error:  # noqa: BLE001 -- a listener is foreign code
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a listener of the database failed", "exception": error}
                )
