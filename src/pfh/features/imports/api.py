"""What commands, pages and the demo may ask of imports."""

from __future__ import annotations

from pfh.features.imports.formats.csv_mapping import DateOrder
from pfh.features.imports.import_file import (
    Outcome,
    Owner,
    Progress,
    Wish,
    examine_file,
    import_file,
    owner_of,
)
from pfh.features.imports.prove_imports import import_faults
from pfh.features.imports.release_files import release_files
from pfh.features.imports.schemas import FoundError

__all__ = [
    "DateOrder",
    "FoundError",
    "Outcome",
    "Owner",
    "Progress",
    "Wish",
    "examine_file",
    "import_faults",
    "import_file",
    "owner_of",
    "release_files",
]
