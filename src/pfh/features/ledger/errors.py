"""What can go wrong with transactions, beyond the rules of the core."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class TransactionNotFound(Problem):
    """No such transaction in this household."""

    code = "transaction_not_found"
    kind = Kind.NOT_FOUND


class FilteredImportNotFound(Problem):
    """No such import in this household: a list of its transactions would look like an answer."""

    code = "import_not_found"
    kind = Kind.NOT_FOUND


class TransactionVersionConflict(Problem):
    """Somebody else changed the transaction meanwhile."""

    code = "version_conflict"
    kind = Kind.CONFLICT


class TransactionNotEditable(Problem):
    """Opening balances are changed with their account."""

    code = "transaction_not_editable"
    kind = Kind.CONFLICT


class TransactionNotRestorable(Problem):
    """An account or category of a deleted transaction exists no longer."""

    code = "transaction_not_restorable"
    kind = Kind.CONFLICT


class NothingToUndo(Problem):
    """The last thing that happened to the transaction cannot be undone."""

    code = "nothing_to_undo"
    kind = Kind.CONFLICT


class CategoryNotAllowed(Problem):
    """A transfer has no category; an income or expense has no transfer account."""

    code = "field_not_allowed"


class TransferAccountMissing(Problem):
    """A transfer names no account that receives."""

    code = "transfer_account_missing"


class CursorInvalid(Problem):
    """The cursor was not made by this list."""

    code = "cursor_invalid"


class FilterInvalid(Problem):
    """A filter of the list has a value that it cannot have."""

    code = "filter_invalid"
