"""The log lines of authentication, one for each outcome, that alerts and the runbook count.

No e-mail, password or token reaches them: a person is an HMAC of the case-folded address, so that
attempts on one account can be counted while the log names nobody.
"""

from __future__ import annotations

import hmac
from typing import Final

from pfh.features.identity.client import Client
from pfh.features.identity.count_refusals import count_refusal
from pfh.features.identity.keys import TokenKeys
from pfh.observability.logging import get_logger

AUTH_OK: Final = "AUTH_OK"
AUTH_FAILED: Final = "AUTH_FAILED"
AUTH_LOCKED: Final = "AUTH_LOCKED"
AUTH_REUSE_DETECTED: Final = "AUTH_REUSE_DETECTED"
AUTH_ENDED: Final = "AUTH_ENDED"
AUTH_RESET_REQUESTED: Final = "AUTH_RESET_REQUESTED"
_ACCOUNT_LENGTH: Final = 16

_log: Final = get_logger(__name__)


def account_hash(keys: TokenKeys, email_key: str) -> str:
    """Return 16 hexadecimal digits that stand for an account in the log and in throttles."""
    digest = hmac.digest(keys.log, email_key.encode("utf-8", "surrogatepass"), "sha256")
    return digest.hex()[:_ACCOUNT_LENGTH]


def auth_ok(client: Client, *, method: str, user_id: int, session_id: int) -> None:
    """Somebody was let in: by password, refresh or sign-up."""
    _log.info(
        AUTH_OK, method=method, user_id=str(user_id), session_id=str(session_id), **_where(client)
    )


def auth_failed(client: Client, *, reason: str, account: str | None = None) -> None:
    """Somebody was not let in; `reason` is one of the table in docs/reference/identity.md."""
    count_refusal(AUTH_FAILED, reason)
    _log.warning(AUTH_FAILED, reason=reason, account=account, **_where(client))


def token_refused(client: Client, *, reason: str) -> None:
    """A request carried an access token that opens nothing, so nobody knows whose it was.

    It is not counted as a refused sign-in: a program with an old token sends it all day.
    """
    _log.warning(AUTH_FAILED, reason=reason, account=None, **_where(client))


def auth_locked(client: Client, *, scope: str, retry_after_seconds: int, account: str) -> None:
    """An attempt was refused unseen, because too many went before it."""
    count_refusal(AUTH_LOCKED, scope)
    _log.warning(
        AUTH_LOCKED,
        reason=scope,
        account=account,
        retry_after_seconds=retry_after_seconds,
        **_where(client),
    )


def auth_reuse_detected(
    client: Client, *, account: str | None, user_id: int, session_id: int
) -> None:
    """A used refresh token came again after its grace; its session was ended."""
    count_refusal(AUTH_REUSE_DETECTED, "refresh_reused")
    _log.error(
        AUTH_REUSE_DETECTED,
        reason="refresh_reused",
        account=account,
        user_id=str(user_id),
        session_id=str(session_id),
        **_where(client),
    )


def auth_reset_requested(client: Client, *, account: str) -> None:
    """Somebody asked for a new password; never says whether anybody has the address."""
    _log.info(AUTH_RESET_REQUESTED, account=account, **_where(client))


def auth_ended(correlation_id: str, *, user_id: int, scope: str) -> None:
    """Somebody ended one session or all of theirs."""
    _log.info(AUTH_ENDED, user_id=str(user_id), scope=scope, correlation_id=correlation_id)


def _where(client: Client) -> dict[str, str]:
    return {
        "peer": client.shown_address,
        "user_agent": client.shown_user_agent,
        "correlation_id": client.correlation_id,
    }
