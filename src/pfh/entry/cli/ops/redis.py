"""`pfh ops redis prefixes`: what fills the Redis servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_UNAVAILABLE, EXIT_USAGE, complain

if TYPE_CHECKING:
    from pfh.entry.cli.session import CommandSession
    from pfh.runtime.server_settings import RedisSettings

_JSON: Final = typer.Option(False, "--json", help="Print JSON.")
_KEYS: Final = typer.Option(200_000, "--max-keys", min=1, help="Stop after so many keys.")
_SERVER: Final = typer.Option(None, help="`master` or `cache` alone.")


def register(group: typer.Typer, session: CommandSession) -> None:
    """Add the commands."""
    commands = typer.Typer(help="The Redis servers.", no_args_is_help=True)

    # Without it Typer would run a lone command under the name of its group.
    @commands.callback()
    def servers() -> None:
        """The Redis servers."""

    @commands.command("prefixes")
    def prefixes(
        server: str | None = _SERVER, max_keys: int = _KEYS, as_json: bool = _JSON
    ) -> None:
        """Count keys by their prefix and estimate their memory, in small steps (SCAN)."""
        from pfh.entry.cli.opened_books import guarded

        settings = session.settings().servers
        every = {"master": settings.redis_master, "cache": settings.redis_cache}
        chosen = {
            role: one for role, one in every.items() if one is not None and server in {None, role}
        }
        if not chosen:
            raise typer.Exit(complain(["no such Redis server is in the settings"], EXIT_USAGE))
        raise typer.Exit(guarded(lambda: _prefixes(chosen, max_keys, as_json=as_json)))

    group.add_typer(commands, name="redis")


async def _prefixes(servers: dict[str, RedisSettings], keys_max: int, *, as_json: bool) -> int:
    from redis.exceptions import RedisError

    from pfh.adapters.redis.link import connect
    from pfh.adapters.redis.prefixes import histogram
    from pfh.entry.cli.ops.shown import Cell, show
    from pfh.runtime.server_options import redis_options

    rows: list[dict[str, Cell]] = []
    for role, settings in servers.items():
        client = connect(redis_options(settings))
        try:
            found = await histogram(client, keys_max=keys_max)
        except (RedisError, OSError, TimeoutError) as error:
            return complain([f"redis-{role} cannot be asked: {error}"], EXIT_UNAVAILABLE)
        finally:
            await client.aclose(close_connection_pool=True)
        if not as_json:
            whole = "" if found.is_whole else ", stopped at --max-keys"
            typer.echo(f"redis-{role}: {found.keys} keys{whole}, {found.used_bytes} bytes used")
        rows += [
            {
                "server": role,
                "prefix": one.prefix,
                "keys": one.keys,
                "measured": one.measured,
                "bytes_estimated": one.bytes_estimated,
            }
            for one in found.prefixes
        ]
    show(rows, as_json=as_json, empty="There are no keys.")
    return EXIT_DONE
