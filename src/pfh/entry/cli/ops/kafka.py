"""`pfh ops lag` and `pfh ops offsets`: how far the consumers are, and where they go on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, EXIT_UNAVAILABLE, EXIT_USAGE, complain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfh.adapters.event_stream.kafka_offsets import KafkaOffsets
    from pfh.entry.cli.session import CommandSession
    from pfh.ports.actor import Operator
    from pfh.ports.services import Services

_JSON: Final = typer.Option(False, "--json", help="Print JSON.")
_GROUP: Final = typer.Option(..., "--group", help="Consumer group.")
_ONE_GROUP: Final = typer.Option(None, "--group", help="Of this group alone.")
_TOPIC: Final = typer.Option(None, "--topic", help="Topic; the one with the events without it.")
_TO: Final = typer.Option(..., "--to", help="`earliest`, or an instant: 2026-11-27T14:03:00Z.")
_EXECUTE: Final = typer.Option(False, "--execute", help="Do it; without, only show what it is.")
_SAVE: Final = typer.Option(None, "--save", help="File for the offsets of before.")
_FILE: Final = typer.Argument(help="File that `offsets reset` has written.")


def register(group: typer.Typer, session: CommandSession) -> None:
    """Add the commands."""
    offsets = typer.Typer(help="Where consumer groups go on.", no_args_is_help=True)

    @group.command("lag")
    def lag(group_name: str | None = _ONE_GROUP, as_json: bool = _JSON) -> None:
        """Show how far each group is in each partition, and what waits in the outbox."""

        async def work(services: Services) -> int:
            return await _lag(services, session, group_name, as_json=as_json)

        session.run(work)

    @offsets.command("reset")
    def reset(
        group_name: str = _GROUP,
        to: str = _TO,
        topic: str | None = _TOPIC,
        save: Path | None = _SAVE,
        execute: bool = _EXECUTE,
    ) -> None:
        """Let a group that stands still go on elsewhere; the offsets of before go to a file."""

        async def work(services: Services) -> int:
            return await _reset(services, session, (group_name, to, topic, save), execute=execute)

        session.run(work)

    @offsets.command("restore")
    def restore(file: Path = _FILE, execute: bool = _EXECUTE) -> None:
        """Put a group that stands still back to the offsets of a file."""

        async def work(services: Services) -> int:
            return await _restore(services, session, file, execute=execute)

        session.run(work)

    group.add_typer(offsets, name="offsets")


async def _lag(
    services: Services, session: CommandSession, group: str | None, *, as_json: bool
) -> int:
    from pfh.adapters.outbox.sql import SqlOutbox
    from pfh.entry.cli.ops.shown import show
    from pfh.ports.event_stream import StreamUnavailable
    from pfh.runtime.consumer_groups import GROUPS

    backlog = await SqlOutbox(services.database, services.clock).backlog()
    age = 0 if backlog.oldest_at is None else services.clock.now() - backlog.oldest_at
    outbox = {"events": backlog.events, "oldest_seconds": max(0, age // 1_000_000)}
    groups = [group] if group is not None else list(GROUPS)
    offsets = _offsets(session)
    rows: list[dict[str, Any]] = []
    try:
        for name in groups:
            state, members = await asyncio.to_thread(offsets.state, name)
            rows += [
                {
                    "group": one.group,
                    "state": state.lower(),
                    "members": members,
                    "topic": one.topic,
                    "partition": one.partition,
                    "end": one.end,
                    "committed": one.committed,
                    "lag": one.lag,
                }
                for one in await asyncio.to_thread(offsets.lag, name, _topic(None))
            ]
    except StreamUnavailable as error:
        return complain([f"Kafka cannot be asked: {error}"], EXIT_UNAVAILABLE)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode({"groups": rows, "outbox": outbox}).decode())
        return EXIT_DONE
    show(rows, as_json=False, empty="The topic does not exist: run `pfh topics apply`.")
    total = sum(row["lag"] for row in rows)
    typer.echo(f"lag of all: {total}")
    typer.echo(f"outbox: {outbox['events']} events wait, {outbox['oldest_seconds']} s at most")
    return EXIT_DONE


async def _reset(
    services: Services,
    session: CommandSession,
    asked: tuple[str, str, str | None, Path | None],
    *,
    execute: bool,
) -> int:
    from pfh.features.operations.api import instant_of

    group, to, named, save = asked
    topic = _topic(named)
    at = None if to == "earliest" else instant_of(to, field="--to") // 1_000
    offsets = _offsets(session)

    def plan() -> dict[int, int]:
        return offsets.planned(topic, at)

    file = save or Path(f"offsets-{group}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json")
    move = _Move(services, offsets, group, topic, f"pfh ops offsets reset to {to}")
    return await move.run(plan, file if execute else None, execute=execute)


async def _restore(
    services: Services, session: CommandSession, file: Path, *, execute: bool
) -> int:
    import msgspec

    try:
        saved = msgspec.json.decode(await asyncio.to_thread(file.read_bytes), type=_saved_type())
    except (OSError, msgspec.MsgspecError) as error:
        return complain([f"{file} cannot be read: {error}"], EXIT_USAGE)
    offsets = _offsets(session)
    move = _Move(services, offsets, saved.group, saved.topic, "pfh ops offsets restore")
    return await move.run(lambda: dict(saved.offsets), None, execute=execute)


class _Move:
    """Shows where a group goes on, and puts it there when that is wanted."""

    def __init__(
        self, services: Services, offsets: KafkaOffsets, group: str, topic: str, action: str
    ) -> None:
        self._services, self._offsets = services, offsets
        self._group, self._topic, self._action = group, topic, action

    async def run(
        self, plan: Callable[[], dict[int, int]], save: Path | None, *, execute: bool
    ) -> int:
        from pfh.adapters.event_stream.kafka_offsets import GroupActive
        from pfh.ports.event_stream import StreamUnavailable

        try:
            return await self._run(plan, save, execute=execute)
        except GroupActive as error:
            return complain([str(error)], EXIT_NO)
        except StreamUnavailable as error:
            return complain([f"Kafka cannot be asked: {error}"], EXIT_UNAVAILABLE)

    async def _run(
        self, plan: Callable[[], dict[int, int]], save: Path | None, *, execute: bool
    ) -> int:
        from pfh.entry.cli.operator import recorded
        from pfh.entry.cli.ops.shown import table

        before = await asyncio.to_thread(self._offsets.lag, self._group, self._topic)
        target = await asyncio.to_thread(plan)
        if not before:
            return complain([f"there is no topic {self._topic}"], EXIT_NO)
        rows = [
            {
                "partition": one.partition,
                "now": one.committed,
                "then": target.get(one.partition),
                "end": one.end,
            }
            for one in before
        ]
        typer.echo(table(rows))
        await asyncio.to_thread(self._offsets.refuse_active, self._group)
        if not execute:
            typer.echo("Nothing was changed: add --execute to do it.")
            return EXIT_DONE
        known = {one.partition: one.committed for one in before if one.committed is not None}
        if save is not None:
            _save(save, self._group, self._topic, known)
            typer.echo(f"The offsets of before are in {save}.")

        async def put(_: Operator) -> int:
            await asyncio.to_thread(self._offsets.put, self._group, self._topic, target)
            return EXIT_DONE

        return await recorded(self._services, self._action, f"{self._group} {self._topic}", put)


def _saved_type() -> Any:  # noqa: ANN401 -- a class that is made when it is needed
    import msgspec

    return msgspec.defstruct(
        "Saved",
        [("group", str), ("topic", str), ("offsets", dict[int, int])],
        forbid_unknown_fields=True,
    )


def _save(file: Path, group: str, topic: str, offsets: dict[int, int]) -> None:
    """Write the offsets to a new file; one that exists is somebody's other save."""
    import msgspec

    told = {"group": group, "topic": topic, "offsets": offsets}
    with file.open("xb") as opened:
        opened.write(msgspec.json.encode(told))


def _offsets(session: CommandSession) -> KafkaOffsets:
    from pfh.adapters.event_stream.kafka_offsets import KafkaOffsets
    from pfh.runtime.server_options import kafka_options

    kafka = session.settings().servers.kafka
    if kafka is None:
        _refuse("KAFKA_BROKERS is not set: there is no cluster to ask")
    return KafkaOffsets(kafka_options(kafka))


def _topic(named: str | None) -> str:
    from pfh.adapters.event_stream.topic_spec import read_topics

    return named or read_topics()[0].name


def _refuse(words: str) -> NoReturn:
    raise typer.Exit(complain([words], EXIT_USAGE))
