"""`pfh token admin`: a token for `$ADMIN_TOKEN`, good for minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from pfh.entry.cli.outcome import EXIT_DONE

if TYPE_CHECKING:
    from pfh.entry.cli.session import CommandSession
    from pfh.ports.actor import Operator
    from pfh.ports.services import Services

_TTL: Final = typer.Option("5m", help="How long it is good: 90s, 5m, 1h at most.")


def register(app: typer.Typer, session: CommandSession) -> None:
    """Add the commands."""
    commands = typer.Typer(help="Tokens for scripts of operators.", no_args_is_help=True)

    # Without it Typer would run a lone command under the name of its group.
    @commands.callback()
    def tokens() -> None:
        """Tokens for scripts of operators."""

    @commands.command("admin")
    def admin(ttl: str = _TTL) -> None:
        """Print a token that may administer this hub, good for minutes; the making is recorded."""

        async def work(services: Services) -> int:
            from pfh.entry.cli.operator import recorded
            from pfh.features.identity.api import make_admin_token
            from pfh.features.operations.api import duration_seconds

            seconds = duration_seconds(ttl, field="--ttl")

            async def make(by: Operator) -> int:
                typer.echo(make_admin_token(services, by, lifetime_seconds=seconds))
                return EXIT_DONE

            return await recorded(services, "pfh token admin", f"ttl {seconds} s", make)

        session.run(work)

    app.add_typer(commands, name="token")
