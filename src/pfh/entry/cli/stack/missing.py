"""Why a server is not there."""

from __future__ import annotations


class Missing(Exception):
    """The server or tool cannot be had here; the message says what was looked for."""


class AddressTaken(Missing):
    """A server ended because another process has one of its ports."""
