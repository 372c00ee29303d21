"""Reading an upload as it arrives: the raw body, or the file part of a multipart form (RFC 7578).

It exists so that no upload is ever held in memory or spooled by the framework: bytes go from the
socket to the object store, and a limit stops them on the way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from typing import Final

from multipart import (
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from pfh.features.imports.errors import UploadMalformed

_FIELD_BYTES_MAX: Final = 10_000
_PARTS_MAX: Final = 20
_FORM: Final = "multipart/form-data"


class Upload:
    """One upload: iterate `chunks` to the end, then `fields` and `file_name` are known.

    Args:
        stream: the body of the request.
        content_type: its Content-Type header.
        file_name: for a raw body; a multipart form names its file itself.
    """

    def __init__(self, stream: AsyncIterator[bytes], content_type: str, file_name: str) -> None:
        """Read the header; nothing of the body yet."""
        self._stream = stream
        kind, options = parse_options_header(content_type)
        self._boundary = options.get("boundary") if kind == _FORM else None
        if kind == _FORM and not self._boundary:
            raise _malformed("The form has no boundary.")
        self.file_name = file_name
        self.fields: dict[str, str] = {}
        self._values: dict[str, bytearray] = {}
        self._part: MultipartSegment | None = None
        self._files = 0
        self._digest = sha256()

    @property
    def digest(self) -> bytes:
        """SHA-256 over the bytes of the file that were yielded so far."""
        return self._digest.digest()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the file as they arrive.

        Raises:
            UploadMalformed: a broken or cut form, no file in it, more than one, too many fields.
        """
        if self._boundary is None:
            async for chunk in self._stream:
                if chunk:
                    self._digest.update(chunk)
                    yield chunk
            return
        parser = PushMultipartParser(self._boundary, max_segment_count=_PARTS_MAX)
        try:
            async for chunk in self._stream:
                if chunk:
                    for piece in self._file_bytes(parser, chunk):
                        self._digest.update(piece)
                        yield piece
            parser.close()
        except (MultipartError, UnicodeDecodeError) as error:
            raise _malformed("The form is broken or cut off.") from error
        if not self._files:
            raise _malformed("The form has no file in it.")
        self.fields = {n: bytes(v).decode("utf-8", "replace") for n, v in self._values.items()}

    def _file_bytes(self, parser: PushMultipartParser, chunk: bytes) -> Iterator[bytes]:
        for event in parser.parse(chunk):
            if event is None:
                self._part = None
            elif isinstance(event, MultipartSegment):
                self._begin(event)
            elif self._part is not None and self._part.filename is not None:
                yield bytes(event)
            elif self._part is not None:
                value = self._values[self._part.name]
                value += event
                if len(value) > _FIELD_BYTES_MAX:
                    raise _malformed("A field of the form is too long.")

    def _begin(self, part: MultipartSegment) -> None:
        self._part = part
        if part.filename is None:
            self._values[part.name] = bytearray()
            return
        self._files += 1
        if self._files > 1:
            raise _malformed("The form has more than one file.")
        self.file_name = part.filename or self.file_name


def _malformed(detail: str) -> UploadMalformed:
    return UploadMalformed(
        detail,
        field="file",
        fix="Send the bytes of one file, or a multipart form with one file in it.",
    )
