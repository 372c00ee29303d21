"""Imports as the JSON answers of the API."""

from __future__ import annotations

from pfh.core.instant import instant_text
from pfh.features.imports.formats.csv_guess import CONFIRM_BELOW
from pfh.features.imports.imported_file import decode_findings, decode_settings
from pfh.features.imports.schemas import ImportSummary, ImportView
from pfh.features.imports.store import ImportRecord


def _instant(instant: int | None) -> str | None:
    return None if instant is None else instant_text(instant)


def summary_of(record: ImportRecord) -> ImportSummary:
    """Return one line of the history."""
    return ImportSummary(
        id=str(record.import_id),
        file_name=record.file_name,
        format=record.format,
        status=record.status,
        rows=record.row_count,
        new=record.new_count,
        duplicate=record.duplicate_count,
        error_count=record.error_count,
        done=record.done_count,
        created_at=instant_text(record.created_at),
        committed_at=_instant(record.committed_at),
        reverted_at=_instant(record.reverted_at),
    )


def is_unsure(record: ImportRecord) -> bool:
    """Tell whether the columns of a table are a guess that a person should see first."""
    table = decode_findings(record.findings).csv
    return table is not None and not table.remembered and table.confidence < CONFIRM_BELOW


def view_of(record: ImportRecord) -> ImportView:
    """Return an import with everything that was found."""
    settings = decode_settings(record.settings)
    found = decode_findings(record.findings)
    return ImportView(
        id=str(record.import_id),
        file_name=record.file_name,
        format=record.format,
        status=record.status,
        rows=record.row_count,
        new=record.new_count,
        duplicate=record.duplicate_count,
        error_count=record.error_count,
        done=record.done_count,
        mapping=settings.mapping,
        currency=settings.currency,
        create_categories=settings.create_categories,
        accounts=found.accounts,
        errors=found.errors,
        notes=found.notes,
        warnings=found.warnings,
        sample=found.rows,
        csv=found.csv,
        failure=found.failure,
        created_at=instant_text(record.created_at),
        committed_at=_instant(record.committed_at),
        reverted_at=_instant(record.reverted_at),
    )
