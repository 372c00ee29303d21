"""Making a token that administers the hub for minutes, for whoever may read its settings."""

from __future__ import annotations

from pfh.features.identity.admin_tokens import issue_admin_token
from pfh.features.identity.keys import token_keys
from pfh.ports.actor import Operator
from pfh.ports.services import Services


def make_admin_token(services: Services, operator: Operator, *, lifetime_seconds: int) -> str:
    """Return a new token in the name of the operator; nothing is stored.

    Raises:
        AdminTokenLifetime: it is not between a second and an hour.
    """
    return issue_admin_token(
        token_keys(services.token_key),
        operator.name,
        token_id=services.identifiers.next(),
        now=services.clock.now(),
        lifetime_seconds=lifetime_seconds,
    )
