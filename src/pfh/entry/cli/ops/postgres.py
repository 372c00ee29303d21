"""`pfh ops slow-queries`, `connections` and `kill`: what PostgreSQL is doing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, EXIT_UNAVAILABLE, EXIT_USAGE, complain

if TYPE_CHECKING:
    from pfh.adapters.database.postgres_activity import Chosen, PostgresActivity
    from pfh.entry.cli.session import CommandSession
    from pfh.ports.actor import Operator
    from pfh.ports.services import Services

Work: TypeAlias = "Callable[[PostgresActivity], Awaitable[int]]"
_PATIENCE_SECONDS: Final = 5.0
_STEP_SECONDS: Final = 0.1
_JSON: Final = typer.Option(False, "--json", help="Print JSON.")
_BY: Final = typer.Option("mean", help="Longest by mean, total or max time.")
_LIMIT: Final = typer.Option(20, min=1, max=500, help="How many.")
_PID: Final = typer.Option(None, help="This backend alone, whatever it does.")
_IDLE: Final = typer.Option(
    False, "--idle-in-transaction", help="Those that hold a transaction open and do nothing."
)
_OLDER: Final = typer.Option(None, help="In this state for so long: 30s, 5m.")
_TERMINATE: Final = typer.Option(
    False, "--terminate", help="End the connections that go on 5 s after they were cancelled."
)
_EXECUTE: Final = typer.Option(False, "--execute", help="Do it; without, only show what it is.")
_BOOKS_ON_SQLITE: Final = "POSTGRES_HOST is not set: the books are on SQLite, which has no sessions"


def register(group: typer.Typer, session: CommandSession) -> None:
    """Add the commands."""

    @group.command("slow-queries")
    def slow_queries(by: str = _BY, limit: int = _LIMIT, as_json: bool = _JSON) -> None:
        """Show the statements that took longest, from pg_stat_statements."""
        if by not in {"mean", "total", "max"}:
            raise typer.BadParameter("is mean, total or max", param_hint="--by")

        async def work(activity: PostgresActivity) -> int:
            return await _slow(activity, by, limit, as_json=as_json)

        _ask(session, work)

    @group.command("connections")
    def connections(as_json: bool = _JSON) -> None:
        """Show the connections by application and state, the limit, and who waits for whom."""

        async def work(activity: PostgresActivity) -> int:
            return await _connections(activity, as_json=as_json)

        _ask(session, work)

    _register_kill(group, session)


def _register_kill(group: typer.Typer, session: CommandSession) -> None:
    @group.command("kill")
    def kill(
        pid: int | None = _PID,
        idle_in_transaction: bool = _IDLE,
        older_than: str | None = _OLDER,
        terminate: bool = _TERMINATE,
        execute: bool = _EXECUTE,
        as_json: bool = _JSON,
    ) -> None:
        """Cancel what the hub's own connections do for too long; never anybody else's."""
        if pid is None and older_than is None:
            raise typer.BadParameter("name --older-than or --pid", param_hint="--older-than")
        from pfh.adapters.database.postgres_activity import Chosen
        from pfh.core.errors import Problem
        from pfh.features.operations.api import duration_seconds

        seconds = 0
        if older_than is not None:
            try:
                seconds = duration_seconds(older_than, field="--older-than")
            except Problem as problem:
                raise typer.BadParameter(problem.detail, param_hint="--older-than") from None
        chosen = Chosen(
            pid=pid, idle_in_transaction=idle_in_transaction, older_than_seconds=seconds
        )

        async def work(activity: PostgresActivity) -> int:
            return await _kill(activity, chosen, terminate, execute, as_json=as_json)

        if not execute:
            _ask(session, work)
        _recorded(session, work, "pfh ops kill", f"pid {pid}" if pid else f"older {older_than}")


async def _kill(
    activity: PostgresActivity, chosen: Chosen, terminate: bool, execute: bool, *, as_json: bool
) -> int:
    found = await activity.chosen(chosen)
    if not execute or not found:
        _show(found, "would be ended", as_json=as_json)
        return EXIT_DONE
    killing = _Killing(activity, chosen, found, terminate=terminate)
    _show(await killing.done(), "", as_json=as_json)
    return EXIT_NO if killing.left else EXIT_DONE


class _Killing:
    """Cancels backends, waits, and ends those that go on when that is wanted."""

    def __init__(
        self,
        activity: PostgresActivity,
        chosen: Chosen,
        found: list[dict[str, Any]],
        *,
        terminate: bool,
    ) -> None:
        self._activity, self._chosen, self._found = activity, chosen, found
        self._terminate = terminate
        self.left: set[int] = set()

    async def done(self) -> list[dict[str, Any]]:
        """Return what was found with what became of each."""
        for backend in self._found:
            # A cancel does nothing to who does nothing: such a connection can only be ended.
            is_idle = str(backend["state"]).startswith("idle")
            if not is_idle or self._terminate:
                await self._activity.end(backend, terminate=is_idle)
        self.left = await self._still()
        if self.left and self._terminate:
            for backend in self._found:
                if backend["pid"] in self.left:
                    await self._activity.end(backend, terminate=True)
            self.left = await self._still()
        words = dict.fromkeys(self.left, "goes on; add --terminate to end it")
        return [{**one, "result": words.get(one["pid"], "ended")} for one in self._found]

    async def _still(self) -> set[int]:
        """Return the pids that do the same as before, asked until none or the time is over."""
        before = {(one["pid"], one["begun"], one["asked"]) for one in self._found}
        until = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            now = await self._activity.chosen(self._chosen)
            left = before & {(one["pid"], one["begun"], one["asked"]) for one in now}
            if not left or asyncio.get_running_loop().time() > until:
                return {pid for pid, _, _ in left}
            await asyncio.sleep(_STEP_SECONDS)


async def _slow(activity: PostgresActivity, by: str, limit: int, *, as_json: bool) -> int:
    from pfh.adapters.database.postgres_activity import StatementsMissing
    from pfh.entry.cli.ops.shown import show

    try:
        found = await activity.slow_queries(order=by, limit=limit)
    except StatementsMissing as error:
        return complain([str(error)], EXIT_NO)
    show(found, as_json=as_json, empty="No statement was counted yet.")
    return EXIT_DONE


async def _connections(activity: PostgresActivity, *, as_json: bool) -> int:
    import msgspec

    from pfh.entry.cli.ops.shown import show

    most, kept, used = await activity.limits()
    groups, blocked = await activity.connections(), await activity.blocked()
    if as_json:
        told = {"max": most, "reserved": kept, "used": used, "groups": groups, "blocked": blocked}
        typer.echo(msgspec.json.encode(told).decode())
        return EXIT_DONE
    typer.echo(f"{used} of {most} connections, {kept} of them kept for superusers")
    show(groups, as_json=False, empty="")
    show(blocked, as_json=False, empty="Nobody waits for a lock.")
    return EXIT_DONE


def _show(found: list[dict[str, Any]], result: str, *, as_json: bool) -> None:
    from pfh.entry.cli.ops.shown import show

    names = ("pid", "application", "state", "seconds", "query")
    rows = [
        {**{name: one[name] for name in names}, "result": one.get("result", result)}
        for one in found
    ]
    show(rows, as_json=as_json, empty="No connection of the hub is like that.")


def _activity(session: CommandSession) -> PostgresActivity:
    from pfh.adapters.database.postgres_activity import PostgresActivity
    from pfh.runtime.postgres_settings import PostgresSettings

    database = session.settings().database
    if not isinstance(database, PostgresSettings):
        raise typer.Exit(complain([_BOOKS_ON_SQLITE], EXIT_USAGE))
    return PostgresActivity(database.url)


def _ask(session: CommandSession, work: Work) -> NoReturn:
    """Run `work` with the server alone; words and code 3 when it cannot be asked."""
    from pfh.entry.cli.opened_books import guarded

    activity = _activity(session)
    raise typer.Exit(guarded(lambda: _told(activity, work)))


def _recorded(session: CommandSession, work: Work, action: str, target: str) -> NoReturn:
    """Run `work` that changes something, with its record in the books."""
    activity = _activity(session)

    async def opened(services: Services) -> int:
        from pfh.entry.cli.operator import recorded

        async def done(_: Operator) -> int:
            return await _told(activity, work)

        return await recorded(services, action, target, done)

    session.run(opened)


async def _told(activity: PostgresActivity, work: Work) -> int:
    import asyncpg

    from pfh.adapters.database.postgres_servers import NoSuchRole

    try:
        return await work(activity)
    except (asyncpg.PostgresError, NoSuchRole, OSError, TimeoutError) as error:
        return complain([f"PostgreSQL cannot be asked: {error}"], EXIT_UNAVAILABLE)
