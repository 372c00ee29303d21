"""What other features may ask of accounts and categories."""

from __future__ import annotations

from pfh.features.accounts.errors import (
    AccountClosed,
    AccountNotFound,
    AccountWrongKind,
    CategoryNotFound,
)
from pfh.features.accounts.store import (
    AccountRecord,
    account_by_external_id,
    all_accounts,
    find_accounts,
    system_account,
)

__all__ = [
    "AccountClosed",
    "AccountNotFound",
    "AccountRecord",
    "AccountWrongKind",
    "CategoryNotFound",
    "account_by_external_id",
    "all_accounts",
    "find_accounts",
    "system_account",
]
