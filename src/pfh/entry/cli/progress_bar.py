"""The bar that a person sees while a file is imported from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def shown(path: Path) -> Iterator[Callable[[int, int], None]]:
    """Show a bar for a file and give what advances it: to bytes read, and rows found in them."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:>9,} rows", justify="right"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        size = path.stat().st_size if path.is_file() else None
        bar = progress.add_task(path.name, total=size, rows=0)

        def advance(bytes_read: int, rows: int) -> None:
            progress.update(bar, completed=bytes_read, rows=rows)

        yield advance
