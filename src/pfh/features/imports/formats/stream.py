"""The bytes of a file, with its head put back, bounded lines and no NUL.

It exists so that a file is looked at once and read once, in constant memory, wherever it comes
from.
"""

from __future__ import annotations

import io
from typing import Final, Protocol

from pfh.features.imports.formats.errors import FileUnsafe

HEAD_BYTES: Final = 256 * 1024
LINE_BYTES_MAX: Final = 1024 * 1024
CHUNK_BYTES: Final = 128 * 1024


class BinarySource(Protocol):
    """What a file must be able to do: `read(size)`; it need not be able to seek."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, nothing at the end."""
        ...


def read_head(source: BinarySource, size: int = HEAD_BYTES) -> tuple[bytes, bool]:
    """Return the first bytes and whether they are the whole file."""
    parts: list[bytes] = []
    left = size
    while left > 0:
        part = source.read(left)
        if not part:
            return b"".join(parts), True
        parts.append(part)
        left -= len(part)
    return b"".join(parts), False


class GuardedStream(io.RawIOBase):
    """A raw stream: first the head, then the rest of the source.

    Args:
        head: what was read before.
        source: the rest.
        line_bytes_max: refuse a longer line (None: any length, for formats that ignore line ends).
        keep_nul: leave NUL bytes alone, for encodings of two bytes a character.

    `bytes_read` serves a progress bar; `had_nul` tells that NUL bytes became blanks.
    """

    def __init__(
        self,
        head: bytes,
        source: BinarySource,
        *,
        line_bytes_max: int | None = LINE_BYTES_MAX,
        keep_nul: bool = False,
    ) -> None:
        """Take over the source; the caller closes it."""
        super().__init__()
        self._pending = memoryview(head)
        self._source = source
        self._line_bytes_max = line_bytes_max
        self._keep_nul = keep_nul
        self._line_bytes = 0
        self.bytes_read = 0
        self.had_nul = False

    def readable(self) -> bool:
        """Return True: a stream to read."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes.

        Raises:
            FileUnsafe: a line is longer than the limit.
        """
        size = len(buffer)
        if self._pending:
            part = bytes(self._pending[:size])
            self._pending = self._pending[size:]
        else:
            part = self._source.read(size)
        if not part:
            return 0
        if not self._keep_nul and b"\0" in part:
            self.had_nul = True
            part = part.replace(b"\0", b" ")
        if self._line_bytes_max is not None:
            self._measure(part, self._line_bytes_max)
        self.bytes_read += len(part)
        buffer[: len(part)] = part
        return len(part)

    def _measure(self, part: bytes, limit: int) -> None:
        end = max(part.rfind(b"\n"), part.rfind(b"\r"))
        self._line_bytes = self._line_bytes + len(part) if end < 0 else len(part) - end - 1
        if self._line_bytes > limit:
            raise FileUnsafe(
                f"A line is longer than {limit // 1024} KiB: this is not a statement.",
                field="file",
                fix="Download the statement again, as CSV or OFX.",
            )
