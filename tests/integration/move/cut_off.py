"""`pfh move` that kills itself at a chosen step: `python -m tests.integration.move.cut_off N …`.

Steps are everything after which something is durable: marks, batches, files, the key, the
migrations, the read models. The N-th is not begun (N even) or just done (N odd) when the power
goes. The batches are small, so that there are many.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from pfh.adapters.bulk.postgres_writer import PostgresBulkWriter
from pfh.adapters.bulk.sqlite import SqliteBulkWriter
from pfh.adapters.documents.sql import SqlDocuments
from pfh.adapters.objects.directory import DirectoryObjects
from pfh.entry.cli.main import run
from pfh.migrations import runner
from pfh.runtime.move import copy_tables, files

_WRITER_STEPS = ("begin", "append", "mark", "clear", "seal", "release")


class Fuse:
    """Burns down one step at a time."""

    def __init__(self, steps: int) -> None:
        self._left = steps // 2
        self._after = bool(steps % 2)

    def before(self) -> None:
        """Count a step, and go dark when it is the one that is not to begin."""
        self._left -= 1
        if self._left < 0 and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self) -> None:
        """Go dark when the step was the one that is to be done."""
        if self._left < 0 and self._after:
            os.kill(os.getpid(), signal.SIGKILL)

    def attach(self, owner: Any, name: str) -> None:  # noqa: ANN401 -- a class or a module
        """Let a function count as a step."""
        function: Callable[..., Any] = getattr(owner, name)

        async def waited(*given: Any, **named: Any) -> Any:  # noqa: ANN401 -- the function's own
            self.before()
            result = await function(*given, **named)
            self.after()
            return result

        def called(*given: Any, **named: Any) -> Any:  # noqa: ANN401 -- the function's own
            self.before()
            result = function(*given, **named)
            self.after()
            return result

        setattr(owner, name, waited if iscoroutinefunction(function) else called)


def main() -> None:
    """Attach the fuse and run the command with the rest of the arguments."""
    fuse = Fuse(int(sys.argv.pop(1)))
    for writer in (PostgresBulkWriter, SqliteBulkWriter):
        for name in _WRITER_STEPS:
            fuse.attach(writer, name)
    fuse.attach(SqlDocuments, "apply")
    fuse.attach(DirectoryObjects, "put")
    fuse.attach(runner, "upgrade")
    fuse.attach(files, "store_secret_key")
    copy_tables.PIECE_ROWS, copy_tables.BATCH_ROWS = 50, 200  # type: ignore[misc]  # not final here
    run()


if __name__ == "__main__":
    main()
