"""What other features may ask of accounts and categories, inside their own unit of work."""

from __future__ import annotations

from pfh.features.accounts.category_path import category_by_path
from pfh.features.accounts.choices import account_choices, category_choices, group_of, group_order
from pfh.features.accounts.errors import (
    AccountClosed,
    AccountNotFound,
    AccountWrongKind,
    CategoryNotFound,
)
from pfh.features.accounts.find_account import open_real_account, real_account
from pfh.features.accounts.found_tree import found_tree
from pfh.features.accounts.open_account import NewAccount, open_account
from pfh.features.accounts.prove_accounts import account_faults
from pfh.features.accounts.store import (
    AccountRecord,
    account_by_external_id,
    all_accounts,
    expect_accounts,
    expect_system_account,
    find_accounts,
    shown_accounts,
    system_account,
)

__all__ = [
    "AccountClosed",
    "AccountNotFound",
    "AccountRecord",
    "AccountWrongKind",
    "CategoryNotFound",
    "NewAccount",
    "account_by_external_id",
    "account_choices",
    "account_faults",
    "all_accounts",
    "category_by_path",
    "category_choices",
    "expect_accounts",
    "expect_system_account",
    "find_accounts",
    "found_tree",
    "group_of",
    "group_order",
    "open_account",
    "open_real_account",
    "real_account",
    "shown_accounts",
    "system_account",
]
