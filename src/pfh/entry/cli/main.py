"""The `pfh` command.

How a feature adds a command: its `cli.py` has `register(app: typer.Typer) -> None`, which adds
its commands to the app, and its module is listed in `FEATURE_COMMANDS` under the command's name. A
listed module is imported only when its command is called or help is shown, so it may import
Typer and the feature's `schemas`, but loads drivers and heavy packages inside the command. Bodies
reach the services with `pfh.runtime.services.open_services` through `entry/cli/session.py`.

Exit codes: 0 done; 1 the answer is no (migrations pending, books not proven, rows refused);
2 wrong usage or settings; 3 the books cannot be reached; 130 interrupted.
"""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line; the entry point of the `pfh` program."""
    from pfh.entry.cli.serving import serve

    if sys.argv[1:] == ["serve"]:
        # Typer and Rich take 0.1 s to load, a fifth of the whole start; serving needs neither.
        sys.exit(serve())
