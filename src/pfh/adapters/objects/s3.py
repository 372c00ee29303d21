"""The object port in a bucket of any server that speaks S3.

It exists so that every process sees the uploads of the others. An object appears whole or not at
all: a short one is one request, a long one a multipart upload that is completed last. Every object
is stored as bytes to be saved, never shown: a browser that is sent to one must not run it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from pfh.adapters.objects.keys import checked_key
from pfh.ports.objects import ObjectMissing, ObjectsUnavailable, ObjectTooLarge

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import ClientConfig

    from pfh.ports.objects import Objects

# The least length of a part but the last, by S3's own rule.
PART_BYTES: Final = 5 << 20
CHUNK_BYTES: Final = 256 * 1024
CHUNK_BYTES_MAX: Final = 1 << 20
PRESIGNED_SECONDS_MAX: Final = 7 * 24 * 3600
_PINNED: Final[Attributes] = {
    # S3's own word for bytes. SeaweedFS takes application/octet-stream for "guess by the name".
    "Content-Type": "binary/octet-stream",
    "Content-Disposition": "attachment",
    "Cache-Control": "private, no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Options:
    """Where a bucket is and how to sign; `root_certificate` is PEM text, None the system's trust.

    `endpoint` is an http or https address without the bucket; its paths name the bucket first, as
    every vendor understands.
    """

    endpoint: str
    bucket: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    root_certificate: str | None = field(default=None, repr=False)


def connect(options: S3Options, *, tries: int = 3, connect_seconds: float = 2.0) -> S3Store:
    """Return a client of the bucket; nothing is sent yet."""
    client: ClientConfig = {
        "allow_http": options.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=connect_seconds),
        # Between two pieces; a whole file may take its time.
        "read_timeout": timedelta(seconds=10),
        "timeout": timedelta(minutes=10),
    }
    if options.root_certificate is not None:
        client["root_certificate"] = options.root_certificate
    return S3Store(
        options.bucket,
        endpoint=options.endpoint,
        region=options.region,
        access_key_id=options.access_key,
        secret_access_key=options.secret_key,
        virtual_hosted_style_request=False,
        client_options=client,
        retry_config={
            "max_retries": tries - 1,
            "retry_timeout": timedelta(seconds=connect_seconds * tries),
        },
    )


class S3Objects:
    """Keeps objects in one bucket, under their keys as they are."""

    def __init__(self, options: S3Options) -> None:
        """Take where the bucket is; nothing is sent yet."""
        self._store = connect(options)

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, size_max: int) -> int:
        """Store a stream under a key, in constant memory; see the port."""
        stream = _Measured(chunks, size_max)
        start = bytearray()
        async for chunk in stream:
            start += chunk
            if len(start) >= PART_BYTES:
                break
        content = bytes(start) if stream.is_over else _chained(bytes(start), stream)
        try:
            await obstore.put_async(
                self._store,
                checked_key(key),
                content,
                attributes=_PINNED,
                use_multipart=not stream.is_over,
                chunk_size=PART_BYTES,
            )
        except BaseError as error:
            raise _unavailable(error) from error
        return stream.size

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """Stream an object in chunks of 1 MiB at most; see the port."""
        try:
            answer = await obstore.get_async(self._store, checked_key(key))
            async for received in answer.stream(min_chunk_size=CHUNK_BYTES):
                view = memoryview(received)
                for begin in range(0, len(view), CHUNK_BYTES_MAX):
                    yield bytes(view[begin : begin + CHUNK_BYTES_MAX])
        except FileNotFoundError as error:
            raise ObjectMissing(key) from error
        except BaseError as error:
            raise _unavailable(error) from error

    async def delete(self, key: str) -> None:
        """Remove the object, if any."""
        try:
            await obstore.delete_async(self._store, checked_key(key))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise _unavailable(error) from error

    async def presigned(self, key: str, *, seconds: int) -> str | None:
        """Return an address that gives the object to whoever has it; see the port."""
        if not 0 < seconds <= PRESIGNED_SECONDS_MAX:
            raise ValueError(f"an address is good for 1 s to 7 days, not for {seconds} s")
        return await obstore.sign_async(
            self._store, "GET", checked_key(key), timedelta(seconds=seconds)
        )


class _Measured:
    """A stream that counts its bytes, stops at too many, and knows whether it is over."""

    def __init__(self, chunks: AsyncIterator[bytes], size_max: int) -> None:
        self._chunks = chunks
        self._size_max = size_max
        self.size = 0
        self.is_over = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            self.is_over = True
            raise
        self.size += len(chunk)
        if self.size > self._size_max:
            raise ObjectTooLarge(f"more than {self._size_max} bytes")
        return chunk


async def _chained(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for chunk in rest:
        yield chunk


def _unavailable(error: BaseError) -> ObjectsUnavailable:
    # The first line says what happened; the rest is Rust's own picture of it.
    return ObjectsUnavailable(str(error).partition("\n")[0])


if TYPE_CHECKING:

    def _keeps_the_contract(objects: S3Objects) -> Objects:
        return objects
