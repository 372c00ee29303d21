"""What can go wrong with a household; documented in docs/reference/identity.md."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class HouseholdNotFound(Problem):
    """There is no such household, or it is not yours."""

    code = "household_not_found"
    kind = Kind.NOT_FOUND


class HouseholdNameMissing(Problem):
    """The name is empty or blank."""

    code = "household_name_missing"


class BaseCurrencyUnusable(Problem):
    """The commodity cannot be what a household thinks in: withdrawn, a metal, a cryptocurrency."""

    code = "base_currency_unusable"


class OwnerRequired(Problem):
    """Only an owner may change what the whole household shares."""

    code = "owner_required"
    kind = Kind.FORBIDDEN
