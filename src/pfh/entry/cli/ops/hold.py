"""`pfh ops maintenance`: the books can be read and not written for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO

if TYPE_CHECKING:
    from pfh.entry.cli.session import CommandSession
    from pfh.features.operations.api import Maintenance
    from pfh.ports.actor import Operator
    from pfh.ports.services import Services

_REASON: Final = typer.Option(..., help="Why; people read it on every page.")
_UNTIL: Final = typer.Option(
    None, help="When it ends by itself: 2026-11-27T18:00:00Z, or a time from now such as 30m."
)
_JSON: Final = typer.Option(False, "--json", help="Print JSON.")


def register(group: typer.Typer, session: CommandSession) -> None:
    """Add the commands."""
    commands = typer.Typer(help="Make the hub read-only, and writable again.")

    @commands.command("on")
    def on(reason: str = _REASON, until: str | None = _UNTIL, as_json: bool = _JSON) -> None:
        """Answer every write with 503, in every process within 2 s; reading goes on."""

        async def work(services: Services) -> int:
            return await _begin(services, reason, until, as_json=as_json)

        session.run(work)

    @commands.command("off")
    def off(as_json: bool = _JSON) -> None:
        """Let everybody write again, in every process within 2 s."""

        async def work(services: Services) -> int:
            return await _end(services, as_json=as_json)

        session.run(work)

    @commands.command("status")
    def status(as_json: bool = _JSON) -> None:
        """Tell whether the hub is read-only; exit 1 when it is."""

        async def work(services: Services) -> int:
            from pfh.features.operations.api import find_maintenance

            held = await find_maintenance(services)
            _show(held, as_json=as_json)
            return EXIT_DONE if held is None else EXIT_NO

        session.run(work)

    group.add_typer(commands, name="maintenance")


async def _begin(services: Services, reason: str, until: str | None, *, as_json: bool) -> int:
    from pfh.entry.cli.operator import recorded
    from pfh.features.operations.api import begin_maintenance

    ends_at = None if until is None else _instant(services, until)

    async def begun(by: Operator) -> int:
        held = await begin_maintenance(services, by, reason=reason, until=ends_at)
        _show(held, as_json=as_json)
        return EXIT_DONE

    detail = {"reason": reason[:200], "until": (until or "")[:40]}
    return await recorded(services, "pfh ops maintenance on", "books", begun, detail)


async def _end(services: Services, *, as_json: bool) -> int:
    from pfh.entry.cli.operator import recorded
    from pfh.features.operations.api import end_maintenance

    async def ended(_: Operator) -> int:
        await end_maintenance(services)
        _show(None, as_json=as_json)
        return EXIT_DONE

    return await recorded(services, "pfh ops maintenance off", "books", ended)


def _instant(services: Services, text: str) -> int:
    """Return an instant in microseconds, written as one or as a time from now."""
    from pfh.features.operations.api import duration_seconds, instant_of

    if "T" in text or "-" in text:
        return instant_of(text, field="--until")
    return services.clock.now() + duration_seconds(text, field="--until") * 1_000_000


def _show(held: Maintenance | None, *, as_json: bool) -> None:
    from pfh.core.instant import instant_text
    from pfh.entry.cli.ops.shown import show

    row = {
        "on": held is not None,
        "reason": None if held is None else held.reason,
        "by": None if held is None else held.created_by,
        "until": None if held is None or not held.expires_at else instant_text(held.expires_at),
    }
    show([row], as_json=as_json, empty="")
