"""The reasons why a file as a whole cannot be read, each with what to do instead.

They exist apart from errors of rows: a row is reported and left out, a file is refused.
"""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class FileEmpty(Problem):
    """The file has no bytes, or nothing but blanks."""

    code = "import_file_empty"


class FormatUnsupported(Problem):
    """The file is recognised, or is no text at all, and cannot be read."""

    code = "import_format_unsupported"
    kind = Kind.UNSUPPORTED


class FileUnsafe(Problem):
    """The file declares what only an attack needs: entities, a line without end."""

    code = "import_file_unsafe"


class TableUnclear(Problem):
    """A table of text in which no dates and amounts are found."""

    code = "import_table_unclear"


class MappingUnfit(Problem):
    """The mapping of columns does not fit this file."""

    code = "import_mapping_unfit"
