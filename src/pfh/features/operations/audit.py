"""The record of what operators do: a row before the act, its outcome after it, and a log line.

A row comes first, so that nothing is done that leaves no trace; it is completed once and never
changed again, which triggers of the table see to. Who is refused leaves a log line and no row, so
that nobody but an administrator can fill the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from pfh.features.operations import store
from pfh.features.operations.store import AuditRecord
from pfh.observability.logging import get_logger
from pfh.ports.actor import Operator
from pfh.ports.database import DatabaseError
from pfh.ports.services import Services

ADMIN_CALL: Final = "ADMIN_CALL"
ADMIN_REFUSED: Final = "ADMIN_REFUSED"
PAGE_MAX: Final = 200
# Where a handler leaves, in the scope of its request, what the record should say beyond its path.
AUDIT_DETAIL: Final = "audit_detail"
_TARGET_LENGTH_MAX: Final = 300
_LOGGER: Final = get_logger(__name__)


async def begin_audit(services: Services, operator: Operator, action: str, target: str) -> int:
    """Store who is about to do what; returns the id with which `complete_audit` adds the end."""
    audit_id = services.identifiers.next()
    values = (
        audit_id,
        services.clock.now(),
        operator.name,
        action,
        target[:_TARGET_LENGTH_MAX],
        operator.address,
        operator.correlation_id,
    )
    await services.database.write(lambda connection: store.insert_call(connection, *values))
    return audit_id


async def complete_audit(
    services: Services,
    operator: Operator,
    audit_id: int,
    outcome: str,
    detail: Mapping[str, str | int],
) -> None:
    """Store how it ended, and log it; a database that is away now leaves the row without an end."""
    shown = msgspec.json.encode(detail).decode() if detail else None
    _LOGGER.info(
        ADMIN_CALL,
        audit_id=str(audit_id),
        **_who(operator),
        **detail,
        outcome=outcome,
    )
    try:
        await services.database.write(
            lambda connection: store.complete_call(connection, audit_id, outcome, shown)
        )
    except DatabaseError as error:
        _LOGGER.failure("audit_incomplete", error, audit_id=str(audit_id))


def refuse_audit(operator: Operator, action: str, reason: str) -> None:
    """Log that somebody who is known wanted to administer the hub and may not."""
    _LOGGER.warning(ADMIN_REFUSED, **_who(operator), action=action, reason=reason)


async def list_audit(services: Services, *, before: int, limit: int) -> list[AuditRecord]:
    """Return the calls before an id, the newest first."""
    return await services.database.read(
        lambda connection: store.list_calls(connection, before=before, limit=limit)
    )


def _who(operator: Operator) -> dict[str, str]:
    """Return the fields of a log line; the number stands by itself, or it would look private."""
    kind, _, rest = operator.name.partition(":")
    number, _, maker = rest.partition(" ")
    if not number.isdigit():
        return {"actor": operator.name, "peer": operator.address}
    return {"actor": f"{kind} {maker}".strip(), "actor_id": number, "peer": operator.address}
