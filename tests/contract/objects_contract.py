"""What every object store does, whatever holds the bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

import pytest

from pfh.ports.objects import ObjectMissing, Objects, ObjectTooLarge

MIB = 1 << 20


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def breaking(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    raise ConnectionResetError


async def whole(objects: Objects, key: str) -> bytes:
    return b"".join([chunk async for chunk in objects.get(key)])


class ObjectsContract(ABC):
    """Run by a subclass for each adapter, which provides `objects`."""

    @abstractmethod
    @pytest.fixture
    def objects(self) -> Objects:
        """Return an empty store."""

    async def test_returns_the_bytes_when_stored_in_pieces(self, objects: Objects) -> None:
        size = await objects.put("imports/7/a.ofx", stream(b"one", b"", b"two"), size_max=MIB)
        assert size == 6
        assert await whole(objects, "imports/7/a.ofx") == b"onetwo"

    async def test_streams_back_in_pieces_when_large(self, objects: Objects) -> None:
        await objects.put("large", stream(*[bytes([i]) * MIB for i in range(3)]), size_max=4 * MIB)
        sizes = [len(chunk) async for chunk in objects.get("large")]
        assert sum(sizes) == 3 * MIB
        assert max(sizes) <= MIB

    async def test_keeps_an_empty_object(self, objects: Objects) -> None:
        assert await objects.put("empty", stream(), size_max=1) == 0
        assert await whole(objects, "empty") == b""

    async def test_replaces_what_was_there(self, objects: Objects) -> None:
        await objects.put("k", stream(b"first and longer"), size_max=MIB)
        await objects.put("k", stream(b"second"), size_max=MIB)
        assert await whole(objects, "k") == b"second"

    async def test_stores_nothing_when_too_large(self, objects: Objects) -> None:
        with pytest.raises(ObjectTooLarge):
            await objects.put("k", stream(b"12345", b"6"), size_max=5)
        with pytest.raises(ObjectMissing):
            await whole(objects, "k")

    async def test_keeps_the_old_object_when_the_new_stream_breaks(self, objects: Objects) -> None:
        await objects.put("k", stream(b"old"), size_max=MIB)
        with pytest.raises(ConnectionResetError):
            await objects.put("k", breaking(b"half"), size_max=MIB)
        assert await whole(objects, "k") == b"old"

    async def test_raises_when_there_is_no_such_object(self, objects: Objects) -> None:
        with pytest.raises(ObjectMissing):
            await whole(objects, "never/stored")

    async def test_deletes_once_and_again(self, objects: Objects) -> None:
        await objects.put("k", stream(b"x"), size_max=1)
        await objects.delete("k")
        await objects.delete("k")
        with pytest.raises(ObjectMissing):
            await whole(objects, "k")

    async def test_gives_an_address_or_says_that_it_has_none(self, objects: Objects) -> None:
        await objects.put("k", stream(b"x"), size_max=1)
        address = await objects.presigned("k", seconds=60)
        assert address is None or address.startswith(("http://", "https://"))

    @pytest.mark.parametrize("key", ["../up", "/root", "a//b", "A", ".hidden", ""])
    async def test_refuses_a_key_that_the_hub_does_not_make(
        self, objects: Objects, key: str
    ) -> None:
        with pytest.raises(ValueError, match="not an object key"):
            await objects.put(key, stream(b"x"), size_max=1)
        with pytest.raises(ValueError, match="not an object key"):
            await objects.presigned(key, seconds=60)
