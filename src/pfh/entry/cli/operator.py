"""Who operates the hub on the command line, and the record of what they do."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Awaitable, Callable, Mapping

from pfh.core.errors import Problem
from pfh.features.operations import api as operations
from pfh.observability.correlation import correlation_id
from pfh.ports.actor import Operator
from pfh.ports.services import Services

COMMAND_LINE = "command line"


def operator() -> Operator:
    """Return the user of the operating system, at this machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container's user need not have a name.
        user = "unknown"
    return Operator(
        name=f"os:{user} on {socket.gethostname()}",
        address=COMMAND_LINE,
        correlation_id=correlation_id.get() or COMMAND_LINE,
    )


async def recorded(
    services: Services,
    action: str,
    target: str,
    work: Callable[[Operator], Awaitable[int]],
    detail: Mapping[str, str | int] | None = None,
) -> int:
    """Do a piece of work that changes something, with a record before it and its end after it.

    Args:
        services: the ports.
        action: the command, such as `pfh ops block`.
        target: what it is about; never a secret.
        work: returns an exit code; problems that it raises are recorded and go on.
        detail: what it was told beyond the target.
    """
    by = operator()
    audit_id = await operations.begin_audit(services, by, action, target)
    outcome = "failed"
    try:
        code = await work(by)
        outcome = f"exit {code}"
    except Problem as problem:
        outcome = problem.code
        raise
    finally:
        await operations.complete_audit(services, by, audit_id, outcome, detail or {})
    return code
