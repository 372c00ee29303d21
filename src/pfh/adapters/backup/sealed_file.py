"""A file that only a key can read, and that is read whole or not at all.

The body is AES-256-GCM in pieces of 1 MiB. The nonce of a piece is its number and whether it is the
last one, so that pieces can be neither changed, dropped, swapped nor cut off without being noticed;
this is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) as the `age` format has
it. The key of each file is its own: scrypt of the operator's key with the file's salt.
docs/decisions/0024-sealed-backup-file.md has the layout byte by byte.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from io import BytesIO
from typing import Final, NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from pfh.core.errors import Problem

MAGIC: Final = b"PFHBACKUP\x00\x01\n"
PIECE_BYTES: Final = 1 << 20
_TAG_BYTES: Final = 16
_SALT_BYTES: Final = 32
_CHECK_BYTES: Final = 16
_DIGEST_BYTES: Final = 32
HEAD_BYTES: Final = len(MAGIC) + _SALT_BYTES + _CHECK_BYTES + _DIGEST_BYTES
# 32 MiB and a tenth of a second: dear for whoever guesses, cheap beside a backup.
_SCRYPT_N: Final = 1 << 15
_SCRYPT_R: Final = 8
_SCRYPT_P: Final = 1
_KEY_BYTES: Final = 32
_COUNTER_BYTES: Final = 11


class BackupUnreadable(Problem):
    """The file is not a whole, untouched backup of this key."""

    code = "backup_unreadable"


class NotABackup(BackupUnreadable):
    """The file does not begin as a backup does."""

    code = "not_a_backup"


class BackupDamaged(BackupUnreadable):
    """Bytes of the backup were changed, or follow its end."""

    code = "backup_damaged"


class BackupCutOff(BackupUnreadable):
    """The end of the backup is missing."""

    code = "backup_cut_off"


class WrongBackupKey(BackupUnreadable):
    """The backup was made with another key."""

    code = "wrong_backup_key"


class Source(Protocol):
    """Anything that is read from its start."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, empty at the end."""
        ...


class Sink(Protocol):
    """Anything that bytes are appended to."""

    def write(self, content: bytes, /) -> int:
        """Take all of them."""
        ...


class _Keys(NamedTuple):
    """The key of the pieces, and what tells that it is the right one without any piece."""

    seal: AESGCM
    check: bytes


def _keys(key: bytes, salt: bytes) -> _Keys:
    derived = Scrypt(
        salt=salt, length=_KEY_BYTES + _CHECK_BYTES, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P
    ).derive(key)
    return _Keys(AESGCM(derived[:_KEY_BYTES]), derived[_KEY_BYTES:])


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + bytes([last])


class SealedWriter:
    """Writes a sealed file to a stream; `close` writes the end, without which it is cut off.

    It never closes the stream. Memory: two pieces.
    """

    def __init__(self, target: Sink, key: bytes) -> None:
        """Write the head."""
        salt = secrets.token_bytes(_SALT_BYTES)
        self._seal, check = _keys(key, salt)
        head = MAGIC + salt + check
        self._bound = hashlib.sha256(head).digest()
        self._target = target
        self._pending = bytearray()
        self._number = 0
        target.write(head + self._bound)

    def write(self, content: bytes | memoryview) -> int:
        """Take bytes; whole pieces go out."""
        self._pending += content
        # One byte more than a piece, so that the last piece is never empty after a full one.
        while len(self._pending) > PIECE_BYTES:
            self._put(bytes(self._pending[:PIECE_BYTES]), last=False)
            del self._pending[:PIECE_BYTES]
        return len(content)

    def close(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._pending), last=True)
        self._pending.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._target.write(self._seal.encrypt(nonce, piece, self._bound))
        self._number += 1


class SealedReader:
    """Reads a sealed file from a stream; no byte is given out that was not proven.

    Whoever stops before `read` gave an empty answer has not proven the end.
    """

    def __init__(
        self, source: Source, key: bytes, progress: Callable[[int], None] | None = None
    ) -> None:
        """Read the head; `progress` hears how many sealed bytes were read since the last call.

        Raises:
            BackupUnreadable: a subclass, with a sentence.
        """
        self._source = source
        self._progress = progress or (lambda _: None)
        head = _exactly(source, HEAD_BYTES)
        if not MAGIC.startswith(head[: len(MAGIC)]) or not head:
            raise NotABackup("This is no backup of this program, or one of a newer version.")
        if len(head) < HEAD_BYTES:
            raise BackupCutOff(f"The backup is cut off: it ends after {len(head)} bytes.")
        told = head[-_DIGEST_BYTES:]
        head = head[:-_DIGEST_BYTES]
        self._bound = hashlib.sha256(head).digest()
        if told != self._bound:
            raise BackupDamaged("The backup is damaged: its head was changed.")
        salt = head[len(MAGIC) : len(MAGIC) + _SALT_BYTES]
        self._seal, check = _keys(key, salt)
        if not hmac.compare_digest(check, head[-_CHECK_BYTES:]):
            raise WrongBackupKey(
                "The backup was made with another key.",
                fix="Set PFH_BACKUP_KEY to the key of the day on which it was made.",
            )
        self._number = 0
        self._position = HEAD_BYTES
        self._ahead = _exactly(source, PIECE_BYTES + _TAG_BYTES)
        self._ready = BytesIO()
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, fewer at the end of a piece, empty at the end of the file.

        Raises:
            BackupDamaged: a piece, named by its place in the file.
            BackupCutOff: the last piece is missing.
        """
        given = self._ready.read(size)
        while not given and not self._ended:
            self._ready = BytesIO(self._next_piece())
            given = self._ready.read(size)
        return given

    def _next_piece(self) -> bytes:
        sealed = self._ahead
        self._ahead = _exactly(self._source, PIECE_BYTES + _TAG_BYTES)
        last = not self._ahead
        try:
            piece = self._seal.decrypt(_nonce(self._number, last=last), sealed, self._bound)
        except InvalidTag:
            raise self._fault(sealed, last=last) from None
        self._number += 1
        self._position += len(sealed)
        self._progress(len(sealed))
        self._ended = last
        return piece

    def _fault(self, sealed: bytes, *, last: bool) -> BackupUnreadable:
        """Tell a file that ends too early from one whose bytes were changed."""
        end = self._position + len(sealed)
        if last and self._opens(sealed, last=False):
            return BackupCutOff(f"The backup is cut off: it ends after {end} bytes.")
        if not last and self._opens(sealed, last=True):
            return BackupDamaged(f"The backup is damaged: bytes follow its end at byte {end}.")
        if last and len(sealed) < PIECE_BYTES + _TAG_BYTES:
            return BackupDamaged(
                f"The backup is damaged after byte {self._position}, or cut off at byte {end}."
            )
        return BackupDamaged(f"The backup is damaged between bytes {self._position} and {end}.")

    def _opens(self, sealed: bytes, *, last: bool) -> bool:
        try:
            self._seal.decrypt(_nonce(self._number, last=last), sealed, self._bound)
        except InvalidTag:
            return False
        return True


def _exactly(source: Source, size: int) -> bytes:
    """Read so many bytes, fewer at the end of the stream only."""
    parts, left = [], size
    while left and (part := source.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
