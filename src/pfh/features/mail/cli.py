"""`pfh mail list` and `pfh mail retry`: what was not sent, why, and once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Protocol

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import NoReturn

    from pfh.ports.services import Services

_LIMIT_MAX = 10_000
_DIGITS_MAX = 18


class _Session(Protocol):
    """What the command line gives to a feature's commands."""

    def run(self, work: Callable[[Services], Awaitable[int]]) -> NoReturn: ...


def register(app: typer.Typer, session: _Session) -> None:
    """Add the commands."""
    commands = typer.Typer(help="Look into the outbox of mail.", no_args_is_help=True)

    @commands.command("list")
    def list_() -> None:
        """List the letters that wait and those that were given up, newest first; no addresses."""
        session.run(_print_letters)

    @commands.command("retry")
    def retry(
        mail_id: Annotated[
            str, typer.Argument(help="Number of a dead letter; all dead ones without it.")
        ] = "",
    ) -> None:
        """Try dead letters again; those whose link has expired stay dead."""
        if mail_id and not (
            mail_id.isascii() and mail_id.isdigit() and len(mail_id) <= _DIGITS_MAX
        ):
            raise typer.BadParameter("is a number from `pfh mail list`", param_hint="MAIL_ID")

        async def work(services: Services) -> int:
            from pfh.features.mail.manage_outbox import retry_letters  # noqa: PLC0415

            count = await retry_letters(services, int(mail_id) if mail_id else None)
            print(f"{count} to be sent again")  # noqa: T201 -- the answer of the command
            return 0

        session.run(work)

    app.add_typer(commands, name="mail")


async def _print_letters(services: Services) -> int:
    from rich.console import Console  # noqa: PLC0415 -- loaded for this command alone
    from rich.table import Table  # noqa: PLC0415

    from pfh.core.instant import instant_text  # noqa: PLC0415
    from pfh.features.mail.manage_outbox import list_letters  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Letter", "Kind", "User", "State", "Attempts", "Written", "Due", "Error"):
        table.add_column(column, overflow="fold")
    for mail in await list_letters(services, ("due", "dead"), _LIMIT_MAX):
        table.add_row(
            str(mail.mail_id),
            mail.kind,
            "" if mail.user_id is None else str(mail.user_id),
            mail.state,
            str(mail.attempts),
            instant_text(mail.created_at),
            instant_text(mail.due_at) if mail.state == "due" else "",
            mail.last_error or "",
        )
    Console().print(table)
    return 0
