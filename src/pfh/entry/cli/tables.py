"""Tables of commands: fitted to a terminal, and a line a row for whoever reads a pipe or a file.

It exists since a table that is folded at 80 columns breaks the names that `grep` looks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console

if TYPE_CHECKING:
    from rich.table import Table

_UNBROKEN_COLUMNS: Final = 10_000


def print_table(table: Table) -> None:
    """Print to standard output."""
    console = Console()
    if not console.is_terminal:
        console.width = _UNBROKEN_COLUMNS
    console.print(table)
