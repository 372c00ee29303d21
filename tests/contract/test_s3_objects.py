"""The object contract on a server that speaks S3; multipart, presigned addresses, and refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import obstore
import pytest

from pfh.adapters.objects.s3 import PART_BYTES, S3Objects, connect
from pfh.ports.objects import ObjectMissing, ObjectsUnavailable, ObjectTooLarge
from tests.contract.objects_contract import MIB, ObjectsContract, breaking, stream, whole
from tests.servers.found import Server
from tests.servers.s3 import options_of

KEYS = ("k", "large", "long", "empty", "imports/7/a.ofx", "imports/1/page.html")


class TestS3Objects(ObjectsContract):
    @pytest.fixture
    def objects(self, s3_server: Server) -> S3Objects:
        options = options_of(s3_server.address)
        # Other tests keep files in the same bucket, under other keys.
        obstore.delete(connect(options), KEYS)
        return S3Objects(options)

    async def test_long_object_goes_in_parts_and_comes_back(self, objects: S3Objects) -> None:
        chunks = [bytes([number]) * MIB for number in range(12)]
        assert await objects.put("long", stream(*chunks), size_max=12 * MIB) == 12 * MIB
        assert await whole(objects, "long") == b"".join(chunks)

    async def test_nothing_is_stored_when_a_long_stream_breaks_or_is_too_large(
        self, objects: S3Objects
    ) -> None:
        parts = [bytes(PART_BYTES)] * 2
        with pytest.raises(ConnectionResetError):
            await objects.put("k", breaking(*parts), size_max=100 * MIB)
        with pytest.raises(ObjectTooLarge):
            await objects.put("k", stream(*parts, b"x"), size_max=2 * PART_BYTES)
        with pytest.raises(ObjectMissing):
            await whole(objects, "k")

    async def test_address_gives_the_bytes_to_be_saved_and_nothing_else(
        self, objects: S3Objects
    ) -> None:
        page = b"<script>alert(1)</script>"
        await objects.put("imports/1/page.html", stream(page), size_max=MIB)
        address = await objects.presigned("imports/1/page.html", seconds=60)
        assert address is not None
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.get(address)
            assert answer.content == page
            assert answer.headers["content-type"] == "binary/octet-stream"
            assert answer.headers["content-disposition"] == "attachment"
            assert answer.headers["cache-control"] == "private, no-store"
            other = address.replace("page.html", "other.html")
            assert (await client.get(other)).status_code == 403
        with pytest.raises(ValueError, match="7 days"):
            await objects.presigned("imports/1/page.html", seconds=8 * 24 * 3600)

    async def test_raises_when_the_key_is_refused(self, s3_server: Server) -> None:
        wrong = S3Objects(replace(options_of(s3_server.address), secret_key="wrong" * 5))
        with pytest.raises(ObjectsUnavailable):
            await wrong.put("k", stream(b"x"), size_max=1)
        with pytest.raises(ObjectsUnavailable):
            await whole(wrong, "k")

    async def test_raises_when_nothing_listens(self, s3_server: Server) -> None:
        gone = S3Objects(replace(options_of(s3_server.address), endpoint="http://127.0.0.1:9"))
        with pytest.raises(ObjectsUnavailable):
            await gone.put("k", stream(b"x"), size_max=1)
        with pytest.raises(ObjectsUnavailable):
            await whole(gone, "k")
        with pytest.raises(ObjectsUnavailable):
            await gone.delete("k")

    async def test_content_type_is_pinned_when_the_object_is_long(
        self, objects: S3Objects, s3_server: Server
    ) -> None:
        async def long() -> AsyncIterator[bytes]:
            for _ in range(2):
                yield bytes(PART_BYTES)

        await objects.put("long", long(), size_max=100 * MIB)
        answer = await obstore.get_async(connect(options_of(s3_server.address)), "long")
        assert answer.attributes["Content-Type"] == "binary/octet-stream"
