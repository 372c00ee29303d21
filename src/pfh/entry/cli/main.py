"""The `pfh` command.

How a feature adds a command: its `cli.py` has `register(app, session)`, which adds Typer commands
to `app`, and the module is listed in `FEATURE_COMMANDS` below. The body of a command is a coroutine
function of the services, handed to `session.run(work)`, which opens the services, prints a problem
as the API would word it, and exits with the number that `work` returns. The module is imported for
every command, so it imports Typer alone and loads the rest inside the command.

Exit codes: 0 done; 1 the answer is no (migrations pending, books not proven, a row refused);
2 wrong usage or settings; 3 the books cannot be reached; 130 interrupted.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import typer

FEATURE_COMMANDS: Final[tuple[str, ...]] = ("pfh.features.mail.cli",)
_app: list[Any] = []


def run() -> None:
    """Run the command line; the entry point of the `pfh` program."""
    if sys.argv[1:] == ["serve"]:
        # Typer takes 0.1 s to load, a fifth of the whole start; serving without options needs none.
        from pfh.entry.cli.serve import serve

        sys.exit(serve())
    if sys.argv[1:2] == ["import"]:
        from pfh.entry.cli import quick_import

        code = quick_import.run(sys.argv[2:])
        if code is not None:
            sys.exit(code)
    build_app()()


def build_app() -> typer.Typer:
    """Return the command line with the hub's own commands and those of the features."""
    if not _app:
        _app.append(_new_app())
    found: typer.Typer = _app[0]
    return found


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- whatever the module has
    """Make `app` when it is first asked for, so that serving never loads Typer."""
    if name == "app":
        return build_app()
    raise AttributeError(name)


def _new_app() -> typer.Typer:
    import typer

    from pfh.entry.cli import (
        backup,
        books,
        config,
        dead_letters,
        dev,
        import_files,
        migrate,
        move,
        serve,
        smoke,
        token,
        topics,
        workers,
    )
    from pfh.entry.cli.ops import commands as ops
    from pfh.entry.cli.runbook import cli as runbook
    from pfh.entry.cli.session import CommandSession

    app = typer.Typer(
        name="pfh",
        help="Personal Finance Hub: your whole money in one double-entry ledger.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    modules = (
        *(serve, migrate, config, import_files, books, backup),
        *(move, topics, smoke, dev, runbook),
    )
    for module in modules:
        module.register(app)
    _add_version(app)
    session = CommandSession()
    workers.register(app, session)
    dead_letters.register(app, session)
    for group in (token, ops):
        group.register(app, session)
    for name in FEATURE_COMMANDS:
        import_module(name).register(app, session)
    return app


def _add_version(app: typer.Typer) -> None:
    """Let `pfh --version` tell the version and the commit."""
    import typer

    def tell(is_asked: bool) -> None:
        if is_asked:
            from pfh.runtime.build import COMMIT, VERSION

            typer.echo(f"pfh {VERSION} ({COMMIT})")
            raise typer.Exit

    @app.callback()
    def common(
        version: bool = typer.Option(
            False, "--version", callback=tell, is_eager=True, help="Show version and commit."
        ),
    ) -> None:
        """Personal Finance Hub: your whole money in one double-entry ledger."""
