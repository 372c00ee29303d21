"""What can go wrong when a hub is operated (docs/howto/operate.md)."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class AddressBlocked(Problem):
    """An operator refuses the address that the request comes from, for a while."""

    code = "address_blocked"
    kind = Kind.FORBIDDEN


class UnderMaintenance(Problem):
    """An operator lets nobody write for a while; reading goes on."""

    code = "maintenance"
    kind = Kind.UNAVAILABLE


class RangeInvalid(Problem):
    """The text is no address and no range of addresses."""

    code = "address_range_invalid"


class RangeRefused(Problem):
    """The range would shut out too many, this machine, or the one who asks."""

    code = "address_range_refused"


class BlockNotFound(Problem):
    """No such block, or it has expired."""

    code = "block_not_found"
    kind = Kind.NOT_FOUND


class TooManyBlocks(Problem):
    """More ranges are refused than the hub keeps in memory."""

    code = "too_many_blocks"
    kind = Kind.CONFLICT


class ExpiryInvalid(Problem):
    """The time that something is to last is too short, too long or over."""

    code = "expiry_invalid"


class JobNotFound(Problem):
    """No such job; those that ended a month ago are forgotten."""

    code = "job_not_found"
    kind = Kind.NOT_FOUND


class JobRuns(Problem):
    """Another job of the kind runs, with other patterns; one runs at a time."""

    code = "job_runs"
    kind = Kind.CONFLICT


class ReasonMissing(Problem):
    """An act that others will ask about has no reason, or one that is far too long."""

    code = "reason_missing"
