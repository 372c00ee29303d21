"""What lies in a sealed file: a compressed tar of the members, and a manifest as the last of them.

The manifest comes last because it tells the digest of every other member, which streams by once.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Final, Literal, TypeAlias

import msgspec

from pfh.adapters.backup.sealed_file import (
    BackupDamaged,
    BackupUnreadable,
    SealedReader,
    SealedWriter,
    Sink,
    Source,
)
from pfh.adapters.objects.keys import checked_key

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
OBJECTS: Final = "objects/"
_MANIFEST_BYTES_MAX: Final = 16 << 20
# The fastest level: the disk or the network waits for nobody, and rows of a ledger shrink anyway.
_COMPRESSION: Final = 1
_BLOCK_BYTES: Final = 1 << 20
BooksKind: TypeAlias = Literal["sqlite", "postgres"]
Progress: TypeAlias = Callable[[int], None]
"""Hears how many bytes were worked through since the last call."""


class MemberDigest(msgspec.Struct, frozen=True, rename="camel"):
    """One file of a backup: its length in bytes and its SHA-256 in hexadecimal digits."""

    length: int
    sha256: str


class Facts(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What the books said at the instant of the backup, to be compared after a restore.

    `turnover`: commodity → Σ of the debits in minor units. `chains`: SHA-256 over the heads of all
    event chains. `newest_event_at`: microseconds, 0 without any.
    """

    revision: str
    households: int
    users: int
    entries: int
    events: int
    turnover: dict[str, int]
    chains: str
    newest_event_at: int


class Manifest(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a backup holds; `taken_at` is microseconds, before the books were copied."""

    format: int
    kind: BooksKind
    program: str
    taken_at: int
    facts: Facts
    members: dict[str, MemberDigest]
    missing_objects: list[str] = []


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup that was read to its end; every member has the digest of the manifest."""

    manifest: Manifest


def pack(
    target: Sink, key: bytes, members: dict[str, Path], draft: Manifest, progress: Progress
) -> Manifest:
    """Write a whole sealed archive and return its manifest, completed by the members."""
    sealed = SealedWriter(target, key)
    digests = {}
    with (
        gzip.GzipFile(fileobj=_as_file(sealed), mode="wb", compresslevel=_COMPRESSION, mtime=0) as (
            compressed
        ),
        tarfile.open(fileobj=compressed, mode="w|", bufsize=_BLOCK_BYTES) as archive,
    ):
        for name, path in members.items():
            with path.open("rb") as file:
                reading = _Digesting(file, progress)
                info = tarfile.TarInfo(name)
                info.size = path.stat().st_size
                archive.addfile(info, reading)
                digests[name] = reading.digest()
        manifest = msgspec.structs.replace(draft, members=digests)
        content = msgspec.json.encode(manifest)
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(content)
        archive.addfile(info, BytesIO(content))
    sealed.close()
    return manifest


def unpack(
    source: Source, key: bytes, folder: Path | None, progress: Progress | None = None
) -> Unpacked:
    """Read a sealed archive to its end and prove it; write its members below a folder, if any.

    Raises:
        BackupUnreadable: a subclass says what is wrong. What was written until then is incomplete.
    """
    sealed = SealedReader(source, key, progress)
    digests: dict[str, MemberDigest] = {}
    content: bytes | None = None
    with _as_damage(), gzip.GzipFile(fileobj=_as_file(sealed), mode="rb") as compressed:
        with tarfile.open(fileobj=compressed, mode="r|", bufsize=_BLOCK_BYTES) as archive:
            for info in archive:
                member = archive.extractfile(info) if info.isreg() else None
                if member is None or content is not None:
                    raise BackupDamaged(f"The backup holds {info.name!r}, which is no part of one.")
                if info.name == MANIFEST:
                    content = member.read(_MANIFEST_BYTES_MAX)
                else:
                    digests[info.name] = _copy(member, _place(info.name, folder))
        while compressed.read(_BLOCK_BYTES):
            # The end of the tar is not the end of the file, and only that one is proof.
            continue
    return Unpacked(_proven(content, digests))


def _proven(content: bytes | None, digests: dict[str, MemberDigest]) -> Manifest:
    if content is None:
        raise BackupDamaged("The backup has no manifest.")
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise BackupDamaged(f"The manifest of the backup cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise BackupUnreadable(
            f"The backup has format {manifest.format}; this program reads format {FORMAT}.",
            fix=f"Restore it with version {manifest.program} of the program.",
        )
    for name in sorted({*manifest.members, *digests}):
        if manifest.members.get(name) != digests.get(name):
            raise BackupDamaged(f"The backup is damaged: {name} is not what its manifest tells.")
    return manifest


def _place(name: str, folder: Path | None) -> Path | None:
    """Return where a member goes; a name that could leave the folder is none of ours."""
    try:
        checked_key(name)
    except ValueError:
        raise BackupDamaged(f"The backup holds {name!r}, which is no part of one.") from None
    if folder is None:
        return None
    place = folder.joinpath(*name.split("/"))
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def _copy(member: IO[bytes], place: Path | None) -> MemberDigest:
    reading = _Digesting(member, lambda _: None)
    if place is None:
        while reading.read(_BLOCK_BYTES):
            continue
        return reading.digest()
    with place.open("xb") as file:
        place.chmod(0o600)
        while block := reading.read(_BLOCK_BYTES):
            file.write(block)
        file.flush()
    return reading.digest()


@contextmanager
def _as_damage() -> Iterator[None]:
    """Turn what the layers inside say of bytes that were sealed so into our own word."""
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BackupDamaged(f"The backup was written wrongly: {error}.") from error


class _Digesting:
    """Reads a file and knows the length and the digest of what was read."""

    def __init__(self, file: IO[bytes], progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self._hash = hashlib.sha256()
        self._length = 0

    def read(self, size: int = -1, /) -> bytes:
        block = self._file.read(size)
        self._hash.update(block)
        self._length += len(block)
        self._progress(len(block))
        return block

    def digest(self) -> MemberDigest:
        return MemberDigest(self._length, self._hash.hexdigest())


def _as_file(stream: SealedReader | SealedWriter) -> IO[bytes]:
    """Present a stream as gzip wants it; it reads or writes and does nothing else."""
    return stream  # type: ignore[return-value]
