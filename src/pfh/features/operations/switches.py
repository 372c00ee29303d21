"""What a process knows by heart of refused addresses and of maintenance, so that no request asks.

The tables are the truth. They are read when a process starts, when another process gives the
signal, and every second all the same: so each process follows within two seconds, with Redis or
without. While the database is away, what was known last holds.
"""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Final, TypeAlias

from pfh.features.operations.block_addresses import SIGNAL
from pfh.features.operations.hold_books import Maintenance, read_maintenance
from pfh.observability.logging import get_logger
from pfh.ports.database import Connection, DatabaseError
from pfh.ports.services import Services

POLL_SECONDS: Final = 1.0
_BLOCKS: Final = "SELECT cidr, expires_at FROM address_blocks WHERE expires_at > $1"
# Version and prefix length → network as a number → when it ends, in microseconds.
_Ranges: TypeAlias = dict[tuple[int, int], dict[int, int]]
_BITS: Final = {4: 32, 6: 128}
_LOGGER: Final = get_logger(__name__)


class Switches:
    """Refused ranges and maintenance, in memory.

    Asking costs nothing while nothing is refused, else a look into one dictionary for each
    different prefix length.
    """

    def __init__(self, services: Services) -> None:
        """Know nothing yet: everybody comes in, everybody may write."""
        self._services = services
        self._ranges: _Ranges = {}
        self._maintenance: Maintenance | None = None

    @property
    def maintenance(self) -> Maintenance | None:
        """What holds now, None when everybody may write."""
        held = self._maintenance
        if held is None or not held.is_on(self._services.clock.now()):
            return None
        return held

    def is_blocked(self, address: str) -> bool:
        """Tell whether requests from an address are refused; what is no address is not."""
        if not self._ranges:
            return False
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address):
            found = found.ipv4_mapped or found
        number, version = int(found), found.version
        now = self._services.clock.now()
        for (of_version, length), networks in self._ranges.items():
            if of_version != version:
                continue
            shift = _BITS[version] - length
            if networks.get(number >> shift << shift, 0) > now:
                return True
        return False

    async def refresh(self) -> None:
        """Read the tables; raises what the database raises."""
        now = self._services.clock.now()

        async def unit(connection: Connection) -> tuple[_Ranges, Maintenance | None]:
            ranges: _Ranges = {}
            for cidr, expires_at in await connection.fetch_all(_BLOCKS, now):
                network = ipaddress.ip_network(cidr)
                of_length = ranges.setdefault((network.version, network.prefixlen), {})
                of_length[int(network.network_address)] = expires_at
            return ranges, await read_maintenance(connection)

        before = self.maintenance
        self._ranges, self._maintenance = await self._services.database.read(unit)
        after = self.maintenance
        if (before is None) != (after is None):
            _LOGGER.warning(
                "maintenance_ended" if after is None else "maintenance_begun",
                reason="" if after is None else after.reason,
            )

    async def follow(self, services: Services, stopping: asyncio.Event) -> None:
        """Keep up with the tables until `stopping` is set; a consumer of every web process."""
        while not stopping.is_set():
            try:
                await self.refresh()
            except DatabaseError as error:
                _LOGGER.warning("switches_stale", reason=str(error))
            await _wait(services, stopping)


async def _wait(services: Services, stopping: asyncio.Event) -> None:
    """Wait for the signal, the end or a second, whatever comes first."""
    signal = asyncio.ensure_future(services.signals.wait(SIGNAL, seconds=POLL_SECONDS))
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({signal, stop}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in (signal, stop):
            waiter.cancel()
