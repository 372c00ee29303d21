"""What can go wrong with accounts and categories."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class AccountNotFound(Problem):
    """No such account in this household."""

    code = "account_not_found"
    kind = Kind.NOT_FOUND


class CategoryNotFound(Problem):
    """No such category in this household."""

    code = "category_not_found"
    kind = Kind.NOT_FOUND


class AccountWrongKind(Problem):
    """A category stands where an account belongs, or the other way round."""

    code = "account_wrong_kind"


class AccountClosed(Problem):
    """The account is closed."""

    code = "account_closed"
    kind = Kind.CONFLICT


class AccountNameTaken(Problem):
    """A sibling has this name."""

    code = "name_taken"
    kind = Kind.CONFLICT


class AccountInUse(Problem):
    """The account has postings or children, so it cannot be removed."""

    code = "account_in_use"
    kind = Kind.CONFLICT


class AccountTypeFixed(Problem):
    """The other type would change the sign of everything booked on the account."""

    code = "account_type_fixed"
    kind = Kind.CONFLICT


class MergeNotPossible(Problem):
    """The category cannot become the other one."""

    code = "merge_not_possible"
    kind = Kind.CONFLICT


class AccountVersionConflict(Problem):
    """Somebody else changed the account meanwhile."""

    code = "version_conflict"
    kind = Kind.CONFLICT


class SystemAccountFixed(Problem):
    """The hub itself needs this account."""

    code = "system_account_fixed"
    kind = Kind.CONFLICT


class BalanceNotZero(Problem):
    """An account can be closed only when nothing is left in it."""

    code = "balance_not_zero"
    kind = Kind.CONFLICT
