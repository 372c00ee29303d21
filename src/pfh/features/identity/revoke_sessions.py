"""Ending every session of somebody else, when their token or their device is in wrong hands."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem
from pfh.features.identity.audit_log import auth_ended
from pfh.features.identity.sign_out import end_all_sessions
from pfh.features.identity.store import find_user
from pfh.ports.actor import Operator
from pfh.ports.services import Services


class UserNotFound(Problem):
    """Nobody has this id."""

    code = "user_not_found"
    kind = Kind.NOT_FOUND


async def revoke_sessions_of(services: Services, operator: Operator, user_id: int) -> int:
    """End every session of a person and return how many were alive.

    When it returns, no refresh token and no access token of theirs opens anything any more, on
    whichever process: within milliseconds, or six seconds while redis-master is away (decision
    0014).

    Raises:
        UserNotFound.
    """
    user = await services.database.read(lambda connection: find_user(connection, user_id))
    if user is None:
        raise UserNotFound("There is no such user.", fix="Look the id up in the log or the audit.")
    ended = await end_all_sessions(user_id, services)
    auth_ended(operator.correlation_id, user_id=user_id, scope="revoked_by_operator")
    return ended
