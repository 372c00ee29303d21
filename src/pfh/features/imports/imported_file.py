"""The uploaded file of an import, opened as a statement with the person's choices."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO, cast

import msgspec

from pfh.features.imports.formats.read import Statement, open_statement
from pfh.features.imports.schemas import ImportFindings, ImportSettings
from pfh.features.imports.store import ImportRecord
from pfh.ports.services import Services

# Small files never touch the disk a second time.
_IN_MEMORY_BYTES = 1 << 20

encode = msgspec.json.Encoder().encode
decode_settings = msgspec.json.Decoder(ImportSettings).decode
decode_findings = msgspec.json.Decoder(ImportFindings).decode


@asynccontextmanager
async def opened_statement(
    services: Services, record: ImportRecord, settings: ImportSettings, currency: str
) -> AsyncIterator[Statement]:
    """Fetch the file of an import and open it; `currency` is for rows that do not say theirs.

    Raises:
        ObjectMissing: the file is gone; every problem of `open_statement`.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as copy:
        async for chunk in services.objects.get(record.object_key):
            copy.write(chunk)
        copy.seek(0)
        with open_statement(
            cast("BinaryIO", copy),
            mapping=settings.mapping,
            currency=settings.currency or currency,
            file_name=record.file_name,
        ) as statement:
            yield statement
