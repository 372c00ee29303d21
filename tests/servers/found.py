"""What looking for a server gives: where it is, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from pfh.entry.cli.stack.missing import Missing

__all__ = ["Missing", "Server"]


@dataclass(frozen=True, slots=True)
class Server:
    """A server or tool that tests may use.

    Args:
        address: a URL, or the path of a program.
        version: as it tells it itself.
        source: `environment`, `native` or the name of the package that ships it.
    """

    address: str
    version: str
    source: str
