"""Refusing a range of addresses for a while, letting it in again, and the list of both."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final, TypeAlias

from pfh.features.operations import store
from pfh.features.operations.errors import (
    BlockNotFound,
    ExpiryInvalid,
    RangeInvalid,
    RangeRefused,
    TooManyBlocks,
)
from pfh.features.operations.reasons import checked_reason
from pfh.features.operations.store import Block
from pfh.ports.actor import Operator
from pfh.ports.database import Connection
from pfh.ports.services import Services

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
SIGNAL: Final = "operations"
SECONDS_MAX: Final = 30 * 86_400
BLOCKS_MAX: Final = 10_000
# A wider range than these is a country or a mistake: 16 million addresses, or a /20 of providers.
_WIDEST: Final = {4: 8, 6: 20}
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockWish:
    """A range to refuse, for how many seconds, and why."""

    cidr: str
    seconds: int
    reason: str


async def block_addresses(services: Services, operator: Operator, wish: BlockWish) -> Block:
    """Refuse a range from now on; a range that is refused already gets the new end.

    Raises:
        RangeInvalid, RangeRefused, ExpiryInvalid, ReasonMissing, TooManyBlocks.
    """
    network = network_of(wish.cidr)
    _refuse_mistakes(network, operator.address)
    if not 1 <= wish.seconds <= SECONDS_MAX:
        raise ExpiryInvalid(
            "A block lasts a second to 30 days.", field="ttl", fix="Write 90s, 5m, 1h or 7d."
        )
    reason = checked_reason(wish.reason)
    now = services.clock.now()
    block_id = services.identifiers.next()
    until = now + wish.seconds * _MICROSECONDS
    wanted = Block(
        block_id=block_id,
        cidr=str(network),
        reason=reason,
        created_by=operator.name,
        created_at=now,
        expires_at=until,
    )

    async def unit(connection: Connection) -> Block:
        if await store.count_blocks(connection, now=now) >= BLOCKS_MAX:
            raise TooManyBlocks(
                f"{BLOCKS_MAX} ranges are refused already.",
                fix="Refuse a wider range, or let the web server or firewall do it.",
            )
        return await store.upsert_block(connection, wanted)

    block = await services.database.write(unit)
    services.signals.give(SIGNAL)
    return block


async def list_blocks(services: Services) -> list[Block]:
    """Return the ranges that are refused now, the newest first."""
    now = services.clock.now()
    return await services.database.read(lambda connection: store.list_blocks(connection, now=now))


async def unblock(services: Services, block_id: int) -> Block:
    """Let a range in again by the id of its block; raises BlockNotFound."""
    return await _removed(services, store.REMOVE, block_id)


async def unblock_range(services: Services, cidr: str) -> Block:
    """Let exactly this range in again; raises RangeInvalid, BlockNotFound."""
    return await _removed(services, store.REMOVE_RANGE, str(network_of(cidr)))


def network_of(text: str) -> Network:
    """Read an address or a range; IPv4 inside IPv6 is IPv4.

    Raises:
        RangeInvalid: it is neither, or has bits set to the right of its prefix.
    """
    shown = ascii(text[:60])[1:-1]
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise RangeInvalid(
            f"{shown} is no address and no range.",
            field="cidr",
            fix="Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/48.",
        ) from None
    try:
        strict = ipaddress.ip_network(text.strip(), strict=True)
    except ValueError:
        raise RangeInvalid(
            f"{shown} names an address inside a range.",
            field="cidr",
            fix=f"For the whole range write {network}.",
        ) from None
    if isinstance(strict, ipaddress.IPv6Network):
        mapped = strict.network_address.ipv4_mapped
        if mapped is not None and strict.prefixlen >= 96:  # noqa: PLR2004 -- what precedes IPv4
            return ipaddress.ip_network((mapped, strict.prefixlen - 96))
    return strict


def _refuse_mistakes(network: Network, caller: str) -> None:
    """Refuse what would shut out nearly everybody, this machine, or the one who asks."""
    if network.prefixlen < _WIDEST[network.version]:
        raise RangeRefused(
            f"{network} is too wide: it would shut out a large part of the network.",
            field="cidr",
            fix=f"Name a range of /{_WIDEST[network.version]} or narrower.",
        )
    loopback = ipaddress.ip_network("127.0.0.0/8" if network.version == 4 else "::1/128")  # noqa: PLR2004 -- the protocol
    if network.overlaps(loopback):
        raise RangeRefused(
            f"{network} holds this machine, which is never refused.",
            field="cidr",
            fix="Name the range that the requests come from.",
        )
    try:
        own = network_of(caller)
    except RangeInvalid:
        return
    if own.version == network.version and network.overlaps(own):
        raise RangeRefused(
            f"{network} holds {caller}, from where you ask.",
            field="cidr",
            fix="Ask from elsewhere, or name a range without your own address.",
        )


async def _removed(services: Services, sql: str, what: int | str) -> Block:
    now = services.clock.now()

    removed = await services.database.write(
        lambda connection: store.remove_block(connection, sql, what, now=now)
    )
    if removed is None:
        raise BlockNotFound(
            "There is no such block; it may have expired.", fix="Look at the list of blocks."
        )
    services.signals.give(SIGNAL)
    return removed
