"""`pfh ops sessions revoke`, `block`, `unblock` and `blocks`: whom the hub lets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from pfh.entry.cli.outcome import EXIT_DONE

if TYPE_CHECKING:
    from pfh.entry.cli.session import CommandSession
    from pfh.features.operations.api import Block
    from pfh.ports.actor import Operator
    from pfh.ports.services import Services

_USER: Final = typer.Option(..., "--user", help="Id of the person.")
_TTL: Final = typer.Option("1h", help="How long: 90s, 5m, 1h, 7d; 30d at most.")
_REASON: Final = typer.Option(..., help="Why, for those who read the list and the audit.")
_JSON: Final = typer.Option(False, "--json", help="Print JSON.")
_CIDR: Final = typer.Argument(help="An address or a range: 203.0.113.7, 2001:db8::/48.")


def register(group: typer.Typer, session: CommandSession) -> None:
    """Add the commands."""
    sessions = typer.Typer(help="Sessions of people.", no_args_is_help=True)

    # Without it Typer would run a lone command under the name of its group.
    @sessions.callback()
    def of_people() -> None:
        """Sessions of people."""

    @sessions.command("revoke")
    def revoke(user: str = _USER, as_json: bool = _JSON) -> None:
        """End every session of a person, with all refresh and access tokens, within a second."""

        async def work(services: Services) -> int:
            return await _revoke(services, user, as_json=as_json)

        session.run(work)

    group.add_typer(sessions, name="sessions")

    @group.command("block")
    def block(
        cidr: str = _CIDR, ttl: str = _TTL, reason: str = _REASON, as_json: bool = _JSON
    ) -> None:
        """Refuse an address or a range for a while; every process follows within 2 s."""

        async def work(services: Services) -> int:
            return await _block(services, cidr, ttl, reason, as_json=as_json)

        session.run(work)

    @group.command("unblock")
    def unblock(cidr: str = _CIDR, as_json: bool = _JSON) -> None:
        """Let a refused address or range in again."""

        async def work(services: Services) -> int:
            return await _unblock(services, cidr, as_json=as_json)

        session.run(work)

    @group.command("blocks")
    def blocks(as_json: bool = _JSON) -> None:
        """List the addresses that are refused now, by whom, why and until when."""

        async def work(services: Services) -> int:
            from pfh.features.operations.api import list_blocks

            _show(await list_blocks(services), as_json=as_json)
            return EXIT_DONE

        session.run(work)


async def _revoke(services: Services, user: str, *, as_json: bool) -> int:
    from pfh.entry.cli.operator import recorded
    from pfh.entry.cli.ops.shown import show
    from pfh.features.identity.api import revoke_sessions_of
    from pfh.features.web.api import identifier

    async def revoked(by: Operator) -> int:
        ended = await revoke_sessions_of(services, by, identifier(user))
        show([{"user": user, "ended": ended}], as_json=as_json, empty="")
        return EXIT_DONE

    return await recorded(services, "pfh ops sessions revoke", f"user {user[:40]}", revoked)


async def _block(services: Services, cidr: str, ttl: str, reason: str, *, as_json: bool) -> int:
    from pfh.entry.cli.operator import recorded
    from pfh.features.operations.api import BlockWish, block_addresses, duration_seconds

    seconds = duration_seconds(ttl, field="--ttl")
    wish = BlockWish(cidr=cidr, seconds=seconds, reason=reason)

    async def blocked(by: Operator) -> int:
        _show([await block_addresses(services, by, wish)], as_json=as_json)
        return EXIT_DONE

    detail: dict[str, str | int] = {"ttl": seconds, "reason": reason[:200]}
    return await recorded(services, "pfh ops block", cidr[:60], blocked, detail)


async def _unblock(services: Services, cidr: str, *, as_json: bool) -> int:
    from pfh.entry.cli.operator import recorded
    from pfh.features.operations.api import unblock_range

    async def unblocked(_: Operator) -> int:
        _show([await unblock_range(services, cidr)], as_json=as_json)
        return EXIT_DONE

    return await recorded(services, "pfh ops unblock", cidr[:60], unblocked)


def _show(blocks: list[Block], *, as_json: bool) -> None:
    from pfh.core.instant import instant_text
    from pfh.entry.cli.ops.shown import show

    rows = [
        {
            "id": str(block.block_id),
            "cidr": block.cidr,
            "until": instant_text(block.expires_at),
            "by": block.created_by,
            "reason": block.reason,
        }
        for block in blocks
    ]
    show(rows, as_json=as_json, empty="No address is refused.")
