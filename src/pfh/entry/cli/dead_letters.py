"""`pfh dlq`: households that wait for help, because an event cannot be published or applied."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, EXIT_UNAVAILABLE, EXIT_USAGE, complain

if TYPE_CHECKING:
    from pfh.entry.cli.session import CommandSession
    from pfh.ports.parking import ParkedHousehold
    from pfh.ports.services import Services
    from pfh.runtime.settings import Settings

RELAY: Final = "relay"
_NOBODY: Final = "No household waits."
_GROUP: Final = typer.Option(None, help="Of this group alone; `relay` for what is not published.")
_HOUSEHOLD: Final = typer.Option(None, help="Of this household alone.")


def register(app: typer.Typer, session: CommandSession) -> None:
    """Add the commands."""
    commands = typer.Typer(help="Households that wait for help with an event.")

    @commands.command("list")
    def list_command(group: str | None = _GROUP) -> None:
        """List the households that wait, each with its event; exit 1 when there are any."""
        _require_known(group)

        async def work(services: Services) -> int:
            return await _list(services, group)

        session.run(work)

    @commands.command("show")
    def show_command(household: int, group: str | None = _GROUP) -> None:
        """Show what is known of the event that a household waits for; its payload is the books'."""
        _require_known(group)

        async def work(services: Services) -> int:
            waiting = await _waiting(services, group, household)
            for one in waiting:
                await _show(services, one)
            if not waiting:
                return complain([f"household {household} waits for nothing"], EXIT_NO)
            return EXIT_DONE

        session.run(work)

    @commands.command("replay")
    def replay_command(household: int | None = _HOUSEHOLD, group: str | None = _GROUP) -> None:
        """Let households go on, from the books; exit 1 when one of them is parked again."""
        _require_known(group)

        async def work(services: Services) -> int:
            return await _replay(services, session, group, household)

        session.run(work)

    app.add_typer(commands, name="dlq")


def _require_known(group: str | None) -> None:
    """End the command with code 2 for a group that is none: it would seem to wait for nothing."""
    from pfh.runtime.consumer_groups import GROUPS

    known = (*GROUPS, RELAY)
    if group is not None and group not in known:
        words = f"There is no group {group}; there are: {', '.join(known)}."
        raise typer.Exit(complain([words], EXIT_USAGE))


async def _list(services: Services, group: str | None) -> int:
    waiting = await _waiting(services, group, None)
    for one in waiting:
        typer.echo(
            f"{one.group}  household {one.household_id}  event {one.household_seq}"
            f"  {one.event_type}  {one.error}"
        )
    if not waiting:
        typer.echo(_NOBODY, err=True)
    return EXIT_NO if waiting else EXIT_DONE


async def leave_relay(settings: Settings, services: Services) -> int:
    """Forget the relay and empty the outbox, unless a relay runs: it would not notice."""
    from pfh.adapters.outbox.sql import SqlOutbox
    from pfh.features.delivery.relay_events import NAME, WORK
    from pfh.runtime import delivery

    async with AsyncExitStack() as stack:
        lease = await (await delivery.open_leadership(settings, stack)).try_lead(WORK)
        if lease is None:
            return complain(["a relay runs: stop every `pfh relay` first"], EXIT_NO)
        stack.push_async_callback(lease.release)
        await SqlOutbox(services.database, services.clock).unregister(NAME)
    typer.echo("No relay is registered any more; nothing waits in the outbox.")
    return EXIT_DONE


async def _waiting(
    services: Services, group: str | None, household: int | None
) -> list[ParkedHousehold]:
    from pfh.adapters.outbox.sql import SqlOutbox
    from pfh.adapters.parking.sql import SqlParking
    from pfh.ports.parking import ParkedHousehold

    found = list(await SqlParking(services.database).every(group))
    if group in {None, RELAY}:
        outbox = SqlOutbox(services.database, services.clock)
        found += [
            ParkedHousehold(RELAY, event.household_id, event.household_seq, event.event_id,
                            event.type, error, 1, at)
            for event, error, at in await outbox.quarantined()
        ]  # fmt: skip
    return [one for one in found if household in {None, one.household_id}]


async def _show(services: Services, one: ParkedHousehold) -> None:
    from datetime import UTC, datetime

    since = datetime.fromtimestamp(one.parked_at // 1_000_000, UTC).isoformat()
    found = await services.event_log.read(
        one.household_id, after_seq=one.household_seq - 1, limit=1
    )
    rows = {
        "group": one.group,
        "household": one.household_id,
        "event": f"{one.household_seq} ({one.event_id})",
        "type": one.event_type,
        "error": one.error,
        "attempts": one.attempts,
        "since": since,
        "correlation": found[0].correlation_id if found else "the books do not have the event",
    }
    for name, value in rows.items():
        typer.echo(f"{name:12} {value}")
    typer.echo("")


async def _replay(
    services: Services, session: CommandSession, group: str | None, household: int | None
) -> int:
    from pfh.adapters.outbox.sql import SqlOutbox
    from pfh.features.delivery.api import replay_parked
    from pfh.ports.documents import DocumentsUnavailable
    from pfh.ports.event_stream import StreamUnavailable
    from pfh.runtime import delivery

    failed = 0
    waiting = await _waiting(services, group, household)
    if not waiting:
        typer.echo(_NOBODY, err=True)
    async with AsyncExitStack() as stack:
        for one in waiting:
            if one.group == RELAY:
                await SqlOutbox(services.database, services.clock).release(one.household_id)
                typer.echo(f"relay  household {one.household_id}  is published again")
                continue
            settings = session.settings()
            opened = await delivery.open_group(one.group, services, settings, stack)
            try:
                done = await replay_parked(opened, one.household_id)
            except (DocumentsUnavailable, StreamUnavailable) as error:
                return complain([f"{error}; the consumers do the rest"], EXIT_UNAVAILABLE)
            failed += not done
            words = "at the head" if done else "parked again"
            typer.echo(f"{one.group}  household {one.household_id}  {words}")
    return EXIT_NO if failed else EXIT_DONE
