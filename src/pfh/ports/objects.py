"""The object port: files by key, such as uploads and attachments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class Objects(Protocol):
    """Keeps byte streams of any length in constant memory.

    Keys are made by the hub, never by a person: lower-case letters, digits, `/`, `-`, `_` and `.`.
    Every method may raise `ObjectsUnavailable`.
    """

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, size_max: int) -> int:
        """Store a stream whole or not at all and return its length in bytes.

        Raises `ObjectTooLarge` as soon as `size_max` is passed; a reader never sees half a file.
        """
        ...

    def get(self, key: str) -> AsyncIterator[bytes]:
        """Stream the object back; raises `ObjectMissing` at the first chunk when it is absent."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is fine."""
        ...

    async def presigned(self, key: str, *, seconds: int) -> str | None:
        """Return an address that gives the object for so long, to be saved and never shown.

        None when the backend has no address of its own: then the hub streams the object itself.
        """
        ...


class ObjectsUnavailable(Exception):
    """The store cannot be reached or refuses; trying again later may help."""


class ObjectTooLarge(Exception):
    """The stream was longer than allowed; nothing was stored."""


class ObjectMissing(Exception):
    """There is no object with that key."""
